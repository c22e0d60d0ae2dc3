"""The guests of a conversation: who sees it from outside, until when; inviting one, and ending that."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox import clock
from inbox.accounts import guests
from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import conversations
from inbox.messaging.conversations import Conversation
from inbox.web import forms, pages, revocation
from inbox.web.access import allowed, note, who

DEFAULT_DAYS = 14
FIELDS = ("email", "name", "until")


@allowed(Act.ASSIGN)
async def index(request: Request) -> Response:
    """Who is a guest here, and the form for another one."""
    me = who(request)
    until = (clock.now().astimezone(me.user.zone) + timedelta(days=DEFAULT_DAYS)).date().isoformat()
    return await _page(request, {"email": "", "name": "", "until": until})


@allowed(Act.ASSIGN)
async def invite(request: Request) -> Response:
    """Mail an invitation; 422 with the sentences beside the fields."""
    me, form, conversation = who(request), await forms.read(request), await _conversation(request)
    typed = {name: form.raw(name).strip() for name in FIELDS}
    try:
        async with me.tenant.transaction():
            facts = {"conversation_id": conversation.id, "organisation": me.organisation.name}
            guest = await guests.invite(me.tenant, me.user, **typed, **facts)
            said = _("invited %(email)s as a guest to the conversation %(id)s", email=guest.email, id=conversation.id)
            await note(me, "user", said)
    except Invalid as error:
        return await _page(request, typed, status=422, errors=error.fields)
    return RedirectResponse(f"/inbox/c/{conversation.id}/guests", status_code=303)


@allowed(Act.ASSIGN)
async def end(request: Request) -> Response:
    """End it now."""
    me, conversation = who(request), await _conversation(request)
    async with me.tenant.transaction():
        ended = await guests.end(me.tenant, conversation.id, str(request.path_params["user_id"]))
        said = _("ended a guest's sight of the conversation %(id)s", id=conversation.id)
        await note(me, "user", said)
    for session_hash in ended:
        request.app.state.hub.dismiss(revocation.key(session_hash))
    return RedirectResponse(f"/inbox/c/{conversation.id}/guests", status_code=303)


async def _conversation(request: Request) -> Conversation:
    return await conversations.find(who(request).tenant, str(request.path_params["conversation_id"]))


async def _page(
    request: Request, typed: dict[str, str], *, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    me, conversation = who(request), await _conversation(request)
    return await pages.page(
        request,
        "guests/index.html",
        status=status,
        nav="inbox",
        conversation=conversation,
        guests=await guests.of(me.tenant, conversation.id),
        typed=typed,
        errors=dict.fromkeys(FIELDS) | (errors or {}),
    )
