"""What somebody typed of a workflow, and whether it makes sense."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.automation import chatbot_intents, chatbot_words, workflow_hooks, workflow_steps
from inbox.automation.workflow_asides import ASIDES
from inbox.automation.workflow_steps import Step
from inbox.candidates import labels
from inbox.errors import Invalid, NotFound, too_long
from inbox.languages import _
from inbox.storage.database import Tenant

Trigger = Literal["manual", "label", "keyword", "intent", "stage", "form", "email", "referral", "referred"]
TRIGGERS: Mapping[Trigger, str] = {
    "manual": _("A person starts it, from the profile"),
    "label": _("A candidate gets a tag or comes into a list"),
    "keyword": _("A candidate texts a keyword"),
    "intent": _("A candidate finishes an intent of Text Engage"),
    "stage": _("A candidate's stage changes"),
    "form": _("A candidate fills in a form (by API)"),
    "email": _("Something happens to an e-mail (by API)"),
    "referral": _("A candidate refers somebody (by API)"),
    "referred": _("A candidate gets referred (by API)"),
}
OF_TEXT: frozenset[str] = frozenset({"keyword", "stage", "form", "email", "referral", "referred"})
"""Those with words to compare; all but a keyword may be left empty, which is any."""

UNITS: Mapping[str, tuple[str, int]] = {
    "days": (_("days"), 1440),
    "hours": (_("hours"), 60),
    "minutes": (_("minutes"), 1),
}
MOST_NAME = 80
MOST_VALUE = 200
MOST_GAP = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Wish:
    """A workflow as it was typed; `value` belongs to the trigger: an id, or words."""

    name: str
    steps: Sequence[Step]
    trigger: str = "manual"
    value: str = ""
    gap: str = ""
    gap_unit: str = "minutes"
    asides: Collection[str] = tuple(ASIDES)
    once_per_application: bool = False
    live_only: bool = False
    sender_id: str = ""


def gap_of(minutes: int) -> tuple[str, str]:
    """A minimum delay as it is typed: a number in its widest unit, "" for none."""
    unit = next((unit for unit, (_words, size) in UNITS.items() if minutes and minutes % size == 0), "days")
    return (str(minutes // UNITS[unit][1]) if minutes else "", unit)


async def checked(tenant: Tenant, wish: Wish, *, company_id: str | None) -> dict[str, Any]:
    """The columns of a workflow of this company; raises Invalid with a sentence for each field."""
    wrong: dict[str, str] = {}
    columns: dict[str, Any] = {
        "asides": " ".join(aside for aside in ASIDES if aside in wish.asides),
        "once_per_application": wish.once_per_application,
        "live_only": wish.live_only,
    }
    for read in (_name, _gap):
        try:
            columns |= read(wish)
        except Invalid as error:
            wrong |= error.fields
    try:
        columns |= await _trigger(tenant, wish)
    except Invalid as error:
        wrong |= error.fields
    try:
        steps = workflow_steps.checked(wish.steps)
        columns["steps"] = workflow_steps.written(steps)
    except Invalid as error:
        wrong |= error.fields
    wrong |= await _unable(tenant, wish, company_id)
    if wrong:
        raise Invalid(wrong)
    return columns


def _name(wish: Wish) -> dict[str, Any]:
    name = " ".join(wish.name.split())
    if not name or len(name) > MOST_NAME:
        raise Invalid({"name": _("Enter a name.") if not name else too_long(len(name), MOST_NAME)})
    return {"name": name}


def _gap(wish: Wish) -> dict[str, Any]:
    gap = wish.gap.strip() or "0"
    minutes = int(gap) * UNITS.get(wish.gap_unit, UNITS["minutes"])[1] if gap.isdecimal() and len(gap) < 9 else -1
    if not 0 <= minutes <= MOST_GAP / timedelta(minutes=1):
        raise Invalid({"gap": _("Enter a number, 0 for none; at most ten years.")})
    return {"gap_minutes": minutes}


async def _trigger(tenant: Tenant, wish: Wish) -> dict[str, Any]:
    """The columns of what begins it."""
    if wish.trigger not in TRIGGERS:
        raise Invalid({"trigger": _("Choose what begins it.")})
    label_id, value = None, ""
    if wish.trigger == "label":
        label_id = await _label(tenant, wish.value)
    elif wish.trigger == "intent":
        value = await _intent(tenant, wish.value)
    elif wish.trigger == "keyword":
        words = [word for one in wish.value.split(",") if (word := chatbot_words.plain(one))]
        if not words:
            raise Invalid({"trigger_words": _("Enter a word such as JOBS; several with commas between.")})
        value = ", ".join(dict.fromkeys(words))
    elif wish.trigger in OF_TEXT:
        value = " ".join(wish.value.split())
    if len(value) > MOST_VALUE:
        raise Invalid({"trigger_words": too_long(len(value), MOST_VALUE)})
    return {"trigger": wish.trigger, "label_id": label_id, "trigger_value": value}


async def _label(tenant: Tenant, label_id: str) -> str:
    try:
        return (await labels.find(tenant, label_id)).id
    except NotFound:
        words = _("This tag or list is not here any more. Choose another one.") if label_id else _("Choose one.")
        raise Invalid({"label_id": words}) from None


async def _intent(tenant: Tenant, intent_id: str) -> str:
    try:
        return (await chatbot_intents.find(tenant, intent_id)).id if intent_id else ""
    except NotFound:
        raise Invalid({"intent_id": _("This intent is not here any more. Choose another one.")}) from None


async def _unable(tenant: Tenant, wish: Wish, company_id: str | None) -> dict[str, str]:
    """Sentences for the colleagues who cannot do what is asked of them here, by the fields."""
    team = {user.id for user in await users.who_may(tenant, Act.REPLY, in_company=company_id)}
    owners = {user.id for user in await users.who_may_have_conversations(tenant, in_company=company_id)}
    told = await workflow_hooks.endpoints(tenant)
    gone = _("This person cannot do that here. Choose somebody else.")
    wrong: dict[str, str] = {} if wish.sender_id in ("", *team) else {"sender_id": gone}
    for place, step in enumerate(wish.steps):
        able = owners if step.kind == "assign" else team
        if step.who and step.kind in workflow_steps.NAMES and step.who not in able:
            wrong[f"step-{place}"] = gone
        if step.who and step.kind == workflow_steps.CALLS and step.who not in told:
            wrong[f"step-{place}"] = _("This endpoint is not here any more, or is off. Choose another one.")
    return wrong
