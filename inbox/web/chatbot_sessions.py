"""Who talked to Text Engage: the dialogues of an intent with their answers, as a page and as CSV."""

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.automation import chatbot_sessions
from inbox.automation.chatbot_sessions import STATE_WORDS
from inbox.candidates import choices
from inbox.languages import _
from inbox.web import chatbot, exports, pages
from inbox.web.access import allowed, who


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
    intent = await chatbot.asked_for(request)
    asked = {"intent": intent.id, "state": _state(request)}
    return await exports.answer(request, "dialogues", asked, _("the dialogues of “%(name)s”", name=intent.name))


def _state(request: Request) -> str:
    asked = request.query_params.get("state", "")
    return asked if asked in STATE_WORDS else ""
