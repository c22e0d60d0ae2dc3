"""Whom a campaign is for, as a program says it and reads it."""

from typing import Any

from msgspec import Struct

from inbox.accounts import users
from inbox.candidates import choices, labels
from inbox.candidates.choices import NOBODY, Choice
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.web.api.operations import Call, Input, Line
from inbox.web.forms import as_id


class Recipients(Input):
    """Candidates who fit all of these: words, the ids of a tag, a list and an owner (or "nobody"), a stage.

    Without any field it is every candidate. Nobody is texted before a campaign is sent.
    """

    q: Line = ""
    tag: Line = ""
    list: Line = ""
    stage: Line = ""
    owner: Line = ""


class ShownRecipients(Struct):
    """The same as it is kept; of a campaign that has a file, that file's id alone."""

    q: str
    tag: str
    list: str
    stage: str
    owner: str
    file_id: str | None


async def choice_of(call: Call[Any, Any], asked: Recipients) -> Choice:
    """Whom it means; raises Invalid for what is not there, as nobody else shall be texted instead."""
    missing = _("There is nothing of this id.")
    wrong: dict[str, str] = {}
    for kind in ("tag", "list"):
        wanted = getattr(asked, kind)
        try:
            if wanted:
                await labels.find(call.tenant, wanted, kind="tag" if kind == "tag" else "list")
        except NotFound:
            wrong[f"recipients.{kind}"] = missing
    try:
        if asked.owner not in ("", NOBODY):
            await users.find(call.tenant, as_id(asked.owner))
    except NotFound:
        wrong["recipients.owner"] = missing
    if wrong:
        raise Invalid(wrong)
    names = ("q", "tag", "list", "stage", "owner")
    return choices.read({name: getattr(asked, name) for name in names})


def shown(choice: Choice, file_id: str | None) -> ShownRecipients:
    """Whom a campaign is for."""
    return ShownRecipients(choice.q, choice.tag, choice.list, choice.stage, choice.owner, file_id)
