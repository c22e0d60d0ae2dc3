"""How the chat message of a workflow's step reads, in the name of its sender, and a test of it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts import companies, users
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.automation import merge_fields, workflow_steps
from inbox.candidates import choices
from inbox.errors import NotFound
from inbox.web import forms, pages, trial_texts
from inbox.web.access import Who, allowed, who
from inbox.web.forms import Form
from inbox.web.template_previews import EXAMPLE
from inbox.web.trial_texts import Trial
from inbox.web.workflows import ADDRESS, seen
from providers import segments

PARTS = ("kind", "words", "only", "who")
"""What is typed of a step, each field with its place behind."""
MOST_FIELDS = 40 + len(PARTS) * (workflow_steps.MOST + 1)


@dataclass(frozen=True, slots=True)
class _Typed:
    """The words of a step, who sends them and for which company."""

    place: str
    body: str
    sender: User
    company_id: str | None
    mine: dict[str, str | None]


@allowed(Act.SEND_CAMPAIGNS)
async def preview(request: Request) -> Response:
    """How the chat message at `place` reads for somebody who is known, and what it costs at most."""
    typed = await _typed(request, await forms.read(request, most_fields=MOST_FIELDS))
    known, bare = merge_fields.fill(typed.body, EXAMPLE | typed.mine), merge_fields.fill(typed.body, typed.mine)
    return pages.fragment(
        request,
        "workflows/_preview.html",
        complaint=merge_fields.complaint(typed.body) if typed.body else None,
        known=known,
        missing=bare.missing,
        segments=max(segments.measure(filled.text).segments for filled in (known, bare)) if typed.body else 0,
        trial=Trial(_address(typed.place)),
    )


@allowed(Act.SEND_CAMPAIGNS)
async def test(request: Request) -> Response:
    """Text what the preview of the step at `place` shows to whoever is signed in."""
    form = await forms.read(request, most_fields=MOST_FIELDS)
    typed = await _typed(request, form)
    body = merge_fields.fill(typed.body, EXAMPLE | typed.mine).text
    return await trial_texts.answer(
        request, form, _address(typed.place), body, company_id=typed.company_id, sender_id=typed.sender.id
    )


async def _typed(request: Request, form: Form) -> _Typed:
    me, place = who(request), request.query_params.get("place", "")
    place = place if place.isdecimal() and len(place) < 3 else "0"
    sender, company_id = await _sender(me, form, place), await _company(me, form)
    company = (await companies.find(me.tenant, company_id)).name if company_id else me.organisation.name
    mine: dict[str, str | None] = {"my_first_name": sender.first_name, "my_name": sender.name, "company": company}
    return _Typed(place, form.raw(f"words-{place}").strip(), sender, company_id, mine)


async def _sender(me: Who, form: Form, place: str) -> User:
    """Whom the step names, else the workflow; whoever is signed in while nobody is named who is here."""
    sender_id = choices.as_id(form.raw(f"who-{place}")) or choices.as_id(form.raw("sender_id"))
    try:
        return await users.find(me.tenant, sender_id) if sender_id else me.user
    except NotFound:
        return me.user


async def _company(me: Who, form: Form) -> str | None:
    """The company of the workflow that is being edited, else the chosen one."""
    workflow_id = choices.as_id(form.raw("workflow"))
    return (await seen(me, workflow_id)).company_id if workflow_id else me.company_id


def _address(place: str) -> str:
    return f"{ADDRESS}/test?place={place}"
