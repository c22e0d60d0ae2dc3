"""The composer: send a text, send a failed one again."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Changed, Invalid, Refused
from inbox.messaging import conversations, outbound
from inbox.messaging.messages import Message
from inbox.storage.columns import new_id
from inbox.web import forms, inbox, pages
from inbox.web.access import Who, allowed, who
from inbox.web.threads import event_number, open_thread, shown


@allowed(Act.REPLY)
async def reply(request: Request) -> Response:
    """Take a text. 200 with the bubble, 409 when the thread changed meanwhile, 422 when it is refused."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    form = await forms.read(request)
    body = form.raw("body")
    try:
        message = await outbound.reply(
            me.tenant,
            me.user,
            conversation_id,
            message_id=form.raw("id") or new_id(),
            body=body,
            seen=event_number(form.raw("seen")),
            number=form.raw("number") or None,
        )
    except (Invalid, Refused, Changed) as error:
        return await _not_sent(request, me, conversation_id, body, error)
    return await _taken(request, me, message)


@allowed(Act.REPLY)
async def retry(request: Request) -> Response:
    """Send a failed text again; answers with the bubble as it stands now."""
    me = who(request)
    message = await outbound.retry(
        me.tenant, me.user, str(request.path_params["conversation_id"]), str(request.path_params["message_id"])
    )
    return await _taken(request, me, message)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """The composer as it stands now: a box, or the sentence that replaces it."""
    me = who(request)
    thread = await open_thread(me.tenant, str(request.path_params["conversation_id"]), me.user.zone)
    return pages.fragment(request, "threads/_composer.html", thread=thread, text="", notice=None)


async def _taken(request: Request, me: Who, message: Message) -> Response:
    """The bubble for htmx, the way back to the thread for a plain form."""
    if not pages.is_htmx(request):
        return RedirectResponse(f"/inbox/c/{message.conversation_id}", status_code=303)
    conversation = await conversations.find(me.tenant, message.conversation_id)
    answer = pages.fragment(
        request,
        "threads/_sent.html",
        message=shown([message], conversation)[0],
        conversation_id=message.conversation_id,
    )
    answer.headers["X-Seen"] = str(message.seq)
    return answer


async def _not_sent(
    request: Request, me: Who, conversation_id: str, body: str, error: Invalid | Refused | Changed
) -> Response:
    """The reason: beside the text that htmx keeps, or on the whole page with the text of a plain form in it."""
    status = 409 if isinstance(error, Changed) else 422
    if pages.is_htmx(request):
        answer: Response = pages.fragment(request, "threads/_notice.html", status=status, notice=error.sentence)
    else:
        answer = await inbox.show(request, me, conversation_id, status=status, text=body, notice=error.sentence)
    if isinstance(error, Changed):
        answer.headers["X-Seen"] = str(error.seen)
    return answer
