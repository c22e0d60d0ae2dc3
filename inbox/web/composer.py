"""The composer: send a text, decide about one that did not arrive."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.automation import merge_fields, message_templates
from inbox.errors import Changed, Invalid, Refused
from inbox.messaging import attaching, conversations, decisions, messages, outbound
from inbox.messaging.blocks import Asked
from inbox.messaging.messages import Message
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.web import forms, inbox, pages
from inbox.web.access import Who, allowed, who
from inbox.web.forms import File
from inbox.web.shown_messages import with_media
from inbox.web.threads import event_number, open_thread

# More than a text takes, so that a sentence says so.
MOST_FILES = 100

Decision = Callable[[Tenant, User, str, str], Awaitable[Message]]


@allowed(Act.REPLY)
async def reply(request: Request) -> Response:
    """Take a text. 200 with the bubble, 409 when the thread changed meanwhile, 422 when it is refused.

    Pictures that were added before are named by `media`; without scripts they come as files.
    """
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    form, files = await forms.read_with_files(request, most_files=MOST_FILES)
    body = form.raw("body")
    media_ids: list[str] = []
    try:
        media_ids += attaching.ids_of(form.every("media"))
        await add_files(me, conversation_id, files, media_ids)
        merge_fields.refuse_left_in(body)
        message = await outbound.reply(
            me.tenant,
            me.user,
            conversation_id,
            message_id=form.raw("id") or new_id(),
            body=body,
            seen=event_number(form.raw("seen")),
            number=form.raw("number") or None,
            media_ids=media_ids,
            reason=form.raw("reason"),
            template_id=await message_templates.named(me.tenant, me.user, form.raw("template")),
        )
    except (Invalid, Refused, Changed) as error:
        return await _not_sent(request, me, conversation_id, body, media_ids, error)
    return await _taken(request, me, message)


@allowed(Act.REPLY)
async def retry(request: Request) -> Response:
    """Send a text again that failed or was not confirmed; answers with the bubble as it stands now."""
    reason = (await forms.read(request)).raw("reason")
    return await _decided(request, partial(decisions.retry, reason=reason))


@allowed(Act.REPLY)
async def discard(request: Request) -> Response:
    """Leave a text at that which was not confirmed; answers with the bubble as it stands now."""
    return await _decided(request, decisions.discard)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """The composer as it stands now: a box, or the sentence that replaces it."""
    me = who(request)
    thread = await open_thread(me.tenant, str(request.path_params["conversation_id"]), me.user.zone)
    return pages.fragment(request, "threads/_composer.html", thread=thread, text="", notice=None, added=())


async def add_files(me: Who, conversation_id: str, files: Sequence[File], media_ids: list[str]) -> None:
    """Keep posted pictures, and their ids behind those that are there: a refused text does not lose them."""
    attaching.refuse_too_many(len(media_ids) + len(files))
    for file in files:
        one = await attaching.add(me.tenant, me.user, conversation_id, name=file.name, raw=file.content)
        media_ids.append(one.id)


async def _decided(request: Request, decide: Decision) -> Response:
    """200 with the bubble; 409 with the bubble and what the other one did, when somebody was faster."""
    me = who(request)
    conversation_id, message_id = (str(request.path_params[name]) for name in ("conversation_id", "message_id"))
    try:
        return await _taken(request, me, await decide(me.tenant, me.user, conversation_id, message_id))
    except Asked as error:
        if not pages.is_htmx(request):
            raise
        return pages.fragment(request, "threads/_asked.html", status=422, notice=error.sentence)
    except Changed as error:
        if not pages.is_htmx(request):
            return await inbox.show(request, me, conversation_id, status=409, text="", notice=error.sentence)
        message = await messages.find(me.tenant, message_id)
        return await _bubble(request, me, message, status=409, notice=error.sentence)


async def _taken(request: Request, me: Who, message: Message) -> Response:
    """The bubble for htmx, the way back to the thread for a plain form."""
    if not pages.is_htmx(request):
        return RedirectResponse(f"/inbox/c/{message.conversation_id}", status_code=303)
    answer = await _bubble(request, me, message)
    answer.headers["X-Seen"] = str(message.seq)
    return answer


async def _bubble(request: Request, me: Who, message: Message, *, status: int = 200, notice: str = "") -> Response:
    conversation = await conversations.find(me.tenant, message.conversation_id)
    return pages.fragment(
        request,
        "threads/_sent.html",
        status=status,
        message=(await with_media(me.tenant, [message], conversation))[0],
        conversation_id=message.conversation_id,
        notice=notice,
    )


async def _not_sent(
    request: Request,
    me: Who,
    conversation_id: str,
    body: str,
    media_ids: Sequence[str],
    error: Invalid | Refused | Changed,
) -> Response:
    """The reason: beside the text that htmx keeps, or on the whole page with what a plain form held in it."""
    status = 409 if isinstance(error, Changed) else 422
    asks, opens = isinstance(error, Asked), error.opens if isinstance(error, Asked) else None
    if pages.is_htmx(request):
        template = "threads/_asked.html" if asks else "threads/_notice.html"
        told = {"notice": error.sentence, "opens": opens, "conversation_id": conversation_id}
        answer: Response = pages.fragment(request, template, status=status, **told)
    else:
        added = await attaching.added(me.tenant, me.user, conversation_id, media_ids)
        answer = await inbox.show(
            request,
            me,
            conversation_id,
            status=status,
            text=body,
            notice=error.sentence,
            added=added,
            asks=asks,
            opens=opens,
        )
    if isinstance(error, Changed):
        answer.headers["X-Seen"] = str(error.seen)
    return answer
