"""Who talked to Text Engage: the dialogues of an intent with their answers, as a page and as CSV."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from inbox.accounts.roles import Act
from inbox.automation import chatbot_sessions
from inbox.automation.chatbot_intents import Intent
from inbox.automation.chatbot_sessions import STATE_WORDS, Talk
from inbox.candidates import choices
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.web import chatbot, pages, sheets
from inbox.web.access import allowed, note, who


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """The dialogues of an intent, the latest first; narrowed by `state`."""
    me, intent, state = who(request), await chatbot.asked_for(request), _state(request)
    before = choices.as_id(request.query_params.get("before")) or None
    found, more = await chatbot_sessions.of_intent(me.tenant, intent.id, state=state, before=before)
    numbers = await chatbot_sessions.counts(me.tenant, [intent.id])
    return await pages.page(
        request,
        "chatbot/sessions.html",
        nav="campaigns",
        intent=intent,
        found=found,
        more=more,
        state=state,
        states=STATE_WORDS,
        numbers=numbers[intent.id],
    )


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """The same as one CSV file (RFC 4180), with a column for each question of the newest version."""
    me, intent = who(request), await chatbot.asked_for(request)
    await note(me, "export", _("exported the dialogues of “%(name)s”", name=intent.name))
    return StreamingResponse(
        _lines(me.tenant, intent, _state(request)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="text-engage.csv"'},
    )


async def _lines(tenant: Tenant, intent: Intent, state: str) -> AsyncIterator[str]:
    asked = [question.ask for question in intent.script.asked(())]
    yield sheets.line(["Candidate", "State", "Reason", "Begun (UTC)", "Ended (UTC)", *asked, "Other answers"])
    async for talk in chatbot_sessions.every(tenant, intent.id, state=state):
        yield sheets.line(_cells(talk, asked))


def _cells(talk: Talk, asked: list[str]) -> list[str]:
    session, given = talk.session, {question.ask: answer.value for question, answer in talk.answers}
    others = "; ".join(f"{ask} {value}" for ask, value in given.items() if ask not in asked)
    moments = [at.isoformat(timespec="seconds") if at else "" for at in (session.begun_at, session.ended_at)]
    state = str(STATE_WORDS[session.state])
    return [talk.name, state, session.reason, *moments, *(given.get(ask, "") for ask in asked), others]


def _state(request: Request) -> str:
    asked = request.query_params.get("state", "")
    return asked if asked in STATE_WORDS else ""
