"""Text Engage: the intents of the chatbot, each as a path that can be read and played, paused, started and put away."""

from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox import clock
from inbox.accounts import companies
from inbox.accounts.companies import Company
from inbox.accounts.roles import Act
from inbox.automation import chatbot_intents, chatbot_played, chatbot_sessions, chatbot_wishes
from inbox.automation.chatbot_intents import Intent, State
from inbox.automation.chatbot_played import Played
from inbox.automation.chatbot_scripts import FACTS, KINDS
from inbox.errors import NotFound
from inbox.languages import _
from inbox.languages.readers import LANGUAGES
from inbox.provisioning import company_numbers
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who
from providers import phone

ADDRESS = "/chatbot"
MOST_TYPED = 300
KNOWN = ("name", "email")
"""What is known of the candidate whom the simulator plays, when it plays one who is known."""


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """The intents in use, or with `archived` those that were put away, with how many talked to each."""
    me, archived = who(request), request.query_params.get("archived") == "1"
    company = await company_of(request)
    intents = await chatbot_intents.all_of(me.tenant, company.id, archived=archived)
    return await pages.page(
        request,
        "chatbot/index.html",
        nav="campaigns",
        intents=intents,
        archived=archived,
        numbers=await chatbot_sessions.counts(me.tenant, [intent.id for intent in intents]),
        kinds=chatbot_wishes.KINDS,
        chatbot_number=await _number(request, company.id),
    )


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """The dialogue as a path, with a simulator beside it."""
    return await _show(request, await asked_for(request), [], is_known=False)


@allowed(Act.READ)
async def play(request: Request) -> Response:
    """What is said after one more text in the simulator. Nothing is kept: the form carries what was texted."""
    form, intent = await forms.read(request), await asked_for(request)
    texts = [] if form.raw("again") else [*form.every("said"), form.raw("text")]
    typed = [text.strip()[:MOST_TYPED] for text in texts if text.strip()]
    return await _show(request, intent, typed, is_known=form.raw("known") == "1")


@allowed(Act.SEND_CAMPAIGNS)
async def set_state(request: Request) -> Response:
    """Pause it, start it again, or put it away."""
    me, intent, wanted = who(request), await asked_for(request), (await forms.read(request)).raw("state")
    states: dict[str, tuple[State, str]] = {
        "active": ("active", _("started the intent “%(name)s”", name=intent.name)),
        "paused": ("paused", _("paused the intent “%(name)s”", name=intent.name)),
        "archived": ("archived", _("put away the intent “%(name)s”", name=intent.name)),
    }
    if wanted not in states:
        raise NotFound
    state, did = states[wanted]
    async with me.tenant.transaction():
        await chatbot_intents.set_state(me.tenant, intent.id, state)
        await note(me, "chatbot", did)
    return RedirectResponse(f"{ADDRESS}/{intent.id}", status_code=303)


async def asked_for(request: Request) -> Intent:
    """The intent that the address names; raises NotFound."""
    me = who(request)
    intent = await chatbot_intents.find(me.tenant, str(request.path_params["intent_id"]))
    if not me.sees(intent.company_id):
        raise NotFound
    return intent


async def company_of(request: Request) -> Company:
    """The company whose chatbot it is; raises NotFound for who works in none."""
    me = who(request)
    if me.company is None and not me.user.sees_every_company:
        raise NotFound(_("You work in no company yet. Ask an admin to add you to one."))
    return me.company or await companies.only_or_new(me.tenant, me.organisation.name)


async def _number(request: Request, company_id: str) -> str | None:
    """The chatbot's number (E.164) of a company; None when there is none."""
    try:
        return (await company_numbers.first(who(request).tenant, "chatbot", company_id=company_id)).number
    except NotFound:
        return None


async def _show(request: Request, intent: Intent, typed: list[str], *, is_known: bool) -> Response:
    number = await _number(request, intent.company_id)
    shown: dict[str, Any] = {
        "intent": intent,
        "played": _played(request, intent, typed, number, is_known=is_known),
        "known": is_known,
    }
    if pages.target(request) == "simulator":
        return pages.fragment(request, "chatbot/_simulator.html", **shown)
    numbers = await chatbot_sessions.counts(who(request).tenant, [intent.id])
    return await pages.page(
        request,
        "chatbot/show.html",
        nav="campaigns",
        numbers=numbers[intent.id],
        kinds=chatbot_wishes.KINDS,
        answers=KINDS,
        facts=FACTS,
        languages=LANGUAGES,
        states=chatbot_sessions.STATE_WORDS,
        chatbot_number=number,
        **shown,
    )


def _played(request: Request, intent: Intent, typed: list[str], number: str | None, *, is_known: bool) -> Played:
    today = clock.now().astimezone(ZoneInfo(who(request).organisation.time_zone)).date()
    known = {*(KNOWN if is_known else ()), *(["job"] if intent.kind == "apply" else [])}
    month_first = number is not None and phone.region_of(number) == "US"
    return chatbot_played.play(
        intent.script, intent.keyword or "…", typed, known=known, today=today, month_first=month_first
    )
