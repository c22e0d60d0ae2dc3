"""Take a conversation, give it to somebody, close it, snooze it, open it again."""

from collections.abc import Awaitable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Changed, Invalid, NotFound
from inbox.languages import _
from inbox.messaging import conversations, handling, moments
from inbox.web import forms, inbox, pages, way_back
from inbox.web.access import Who, allowed, who
from inbox.web.forms import Form
from inbox.web.threads import event_number


@allowed(Act.ASSIGN)
async def claim(request: Request) -> Response:
    """Take what nobody has. 200 with what stands now, 409 when a colleague was faster."""
    me, conversation_id = who(request), _conversation_id(request)
    return await _done(request, me, handling.claim(me.tenant, me.user, conversation_id))


@allowed(Act.ASSIGN)
async def assign(request: Request) -> Response:
    """Give it to `assignee`, to nobody when that is empty. 200, 409, or 422 when this person cannot have it."""
    me, conversation_id, form = who(request), _conversation_id(request), await forms.read(request)
    assignee_id, version = form.raw("assignee") or None, _number(form, "version")
    act = handling.assign(me.tenant, me.user, conversation_id, assignee_id, version=version)
    return await _done(request, me, act)


@allowed(Act.ASSIGN)
async def close(request: Request) -> Response:
    """Close it. 200 with a way to undo, 409 when something was written or decided since `seen` and `version`."""
    me, conversation_id, form = who(request), _conversation_id(request), await forms.read(request)
    version, seen = _number(form, "version"), _number(form, "seen")
    act = handling.close(me.tenant, me.user, conversation_id, version=version, seen=seen)
    return await _done(request, me, act, may_undo=True)


@allowed(Act.ASSIGN)
async def reopen(request: Request) -> Response:
    """Open it again. 200 or 409."""
    me, conversation_id, form = who(request), _conversation_id(request), await forms.read(request)
    return await _done(
        request, me, handling.reopen(me.tenant, me.user, conversation_id, version=_number(form, "version"))
    )


@allowed(Act.ASSIGN)
async def snooze(request: Request) -> Response:
    """Put it away until a time. 200 with a way to undo, 409 as for closing, 422 when that is no time to come."""
    me, form = who(request), await forms.read(request)
    return await _done(request, me, _snoozed(request, me, form), may_undo=True, until=form.raw("until"))


@allowed(Act.ASSIGN)
async def wake(request: Request) -> Response:
    """End the snooze. 200 or 409."""
    me, conversation_id, form = who(request), _conversation_id(request), await forms.read(request)
    act = handling.wake(me.tenant, me.user, conversation_id, version=_number(form, "version"))
    return await _done(request, me, act)


@allowed(Act.ASSIGN)
async def unread(request: Request) -> Response:
    """Mark it unread, for everybody. 200, or 422 when there is nothing that could wait."""
    me = who(request)
    return await _done(request, me, handling.mark_unread(me.tenant, me.user, _conversation_id(request)))


def _conversation_id(request: Request) -> str:
    return str(request.path_params["conversation_id"])


def _number(form: Form, name: str) -> int:
    number = event_number(form.raw(name))
    if number is None:
        raise Invalid({name: _("Reload the page and try again.")})
    return number


async def _snoozed(request: Request, me: Who, form: Form) -> bool:
    until = moments.chosen("until", word=form.raw("preset"), typed=form.raw("until"), zone=me.user.zone)
    version, seen = _number(form, "version"), _number(form, "seen")
    return await handling.snooze(me.tenant, me.user, _conversation_id(request), until, version=version, seen=seen)


async def _done(
    request: Request, me: Who, act: Awaitable[bool], *, may_undo: bool = False, until: str = ""
) -> Response:
    """Do it, and answer with what stands now: for htmx out of band, for a plain form the page it came from.

    `until` is what was typed into the field of a snooze.
    """
    try:
        has_changed = await act
    except (Changed, Invalid) as error:
        return await _not_done(request, me, error, until)
    try:
        if pages.is_htmx(request):
            return await _shown(request, me, may_undo=may_undo and has_changed)
        await conversations.find(me.tenant, _conversation_id(request))
    except NotFound:
        return _given_away(request)
    return RedirectResponse(_page_of_thread(request), status_code=303)


def _given_away(request: Request) -> Response:
    """To the list, for who sees only their own conversations and has just given this one away."""
    if pages.is_htmx(request):
        return Response(status_code=204, headers={"HX-Redirect": way_back.HOME})
    return RedirectResponse(way_back.HOME, status_code=303)


async def _not_done(request: Request, me: Who, error: Changed | Invalid, until: str) -> Response:
    status = 409 if isinstance(error, Changed) else 422
    if pages.is_htmx(request):
        answer = await _shown(request, me, status=status, notice=error.sentence)
    else:
        answer = await inbox.show(
            request, me, _conversation_id(request), status=status, notice=error.sentence, until=until
        )
    if isinstance(error, Changed):
        answer.headers["X-Seen"] = str(error.seen)
    return answer


async def _shown(
    request: Request, me: Who, *, status: int = 200, notice: str | None = None, may_undo: bool = False
) -> Response:
    conversation = await conversations.find(me.tenant, _conversation_id(request))
    return pages.fragment(
        request,
        "threads/_handled.html",
        status=status,
        conversation=conversation,
        notice=notice,
        may_undo=may_undo,
    )


def _page_of_thread(request: Request) -> str:
    """The profile the form stood in, else the inbox with the conversation open and the list as it was."""
    behind = urlsplit(way_back.page_behind(request, request.app.state.settings))
    if behind.path.startswith("/candidates/"):
        return behind.geturl()
    return urlsplit(f"/inbox/c/{_conversation_id(request)}")._replace(query=behind.query).geturl()
