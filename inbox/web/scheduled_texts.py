"""Texts that go out later: schedule one, change it, send it at once, cancel it."""

from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.automation import merge_fields, message_templates
from inbox.errors import Changed, Invalid, Refused
from inbox.languages import _
from inbox.messaging import attaching, conversations, moments, scheduled_texts, scheduling
from inbox.messaging.blocks import Asked
from inbox.messaging.messages import Message
from inbox.storage.columns import new_id
from inbox.web import forms, inbox, pages
from inbox.web.access import Who, allowed, who
from inbox.web.composer import add_files
from inbox.web.forms import File, Form
from inbox.web.later import Later
from inbox.web.shown_messages import with_media
from inbox.web.threads import event_number

FIELD = "send_at"


@allowed(Act.REPLY)
async def schedule(request: Request) -> Response:
    """Keep a text for later. 200 with what is scheduled, 409 and 422 as for a text that is sent now."""
    me, (form, files) = who(request), await _posted(request)
    media_ids: list[str] = []
    try:
        media_ids += attaching.ids_of(form.every("media"))
        await add_files(me, _conversation_id(request), files, media_ids)
        await scheduling.schedule(
            me.tenant,
            me.user,
            _conversation_id(request),
            text_id=form.raw("id") or new_id(),
            body=_body(form),
            send_at=_moment(form, me),
            regardless=bool(form.raw("regardless")),
            seen=event_number(form.raw("seen")),
            number=form.raw("number") or None,
            media_ids=media_ids,
            template_id=await message_templates.named(me.tenant, me.user, form.raw("template")),
        )
    except (Invalid, Refused, Changed) as error:
        return await _not_done(request, me, error, form=form, later=Later.typed(form), media_ids=media_ids)
    return await _done(request, me)


@allowed(Act.REPLY)
async def change(request: Request) -> Response:
    """Give a scheduled text other words or another time. 200, 409 when it was changed or sent since, 422."""
    me, (form, files) = who(request), await _posted(request)
    text_id = str(request.path_params["text_id"])
    try:
        if files or any(form.every("media")):
            raise Invalid({"media": _("The pictures of a scheduled text stay as they are. Cancel it to send others.")})
        await scheduling.change(
            me.tenant,
            me.user,
            _conversation_id(request),
            text_id,
            body=_body(form),
            send_at=_moment(form, me),
            regardless=bool(form.raw("regardless")),
            version=event_number(form.raw("version")) or 0,
            seen=event_number(form.raw("seen")),
            number=form.raw("number") or None,
        )
    except (Invalid, Refused, Changed) as error:
        return await _not_done(request, me, error, form=form, later=Later.typed(form, text_id))
    return await _done(request, me)


@allowed(Act.REPLY)
async def send(request: Request) -> Response:
    """Send a scheduled text at once. 200 with what is still scheduled; 409, 422."""
    me, text_id = who(request), str(request.path_params["text_id"])
    try:
        message = await scheduling.send_now(
            me.tenant,
            me.user,
            _conversation_id(request),
            text_id,
            reason=(await forms.read(request)).raw("reason"),
        )
    except Asked as error:
        if not pages.is_htmx(request):
            return await _not_done(request, me, error)
        return pages.fragment(request, "threads/_asked.html", status=422, notice=error.sentence)
    except (Refused, Changed) as error:
        return await _not_done(request, me, error)
    return await _done(request, me, message)


@allowed(Act.REPLY)
async def cancel(request: Request) -> Response:
    """Throw a scheduled text away. 200 with what is still scheduled; 409 when it was sent meanwhile."""
    me, text_id = who(request), str(request.path_params["text_id"])
    try:
        await scheduling.cancel(me.tenant, me.user, _conversation_id(request), text_id)
    except Changed as error:
        return await _not_done(request, me, error)
    return await _done(request, me)


def _conversation_id(request: Request) -> str:
    return str(request.path_params["conversation_id"])


async def _posted(request: Request) -> tuple[Form, list[File]]:
    return await forms.read_with_files(request, most_files=attaching.MOST_PICTURES)


def _body(form: Form) -> str:
    """The words; raises Invalid when a template's field stands in them as it is."""
    merge_fields.refuse_left_in(form.raw("body"))
    return form.raw("body")


def _moment(form: Form, me: Who) -> datetime:
    """When it is to go out: of the field, of a word beside it, or when the quiet hours end that kept it (`opens`)."""
    typed = form.raw("opens") or form.raw(FIELD)
    return moments.chosen(FIELD, word=form.raw("preset"), typed=typed, zone=me.user.zone)


async def _done(request: Request, me: Who, sent: Message | None = None) -> Response:
    """What is scheduled now for htmx, the way back to the thread for a plain form."""
    if not pages.is_htmx(request):
        return RedirectResponse(f"/inbox/c/{_conversation_id(request)}", status_code=303)
    return await _shown(request, me, sent=sent)


async def _not_done(
    request: Request,
    me: Who,
    error: Invalid | Refused | Changed,
    *,
    form: Form | None = None,
    later: Later | None = None,
    media_ids: Sequence[str] = (),
) -> Response:
    """The reason: beside the words that htmx keeps, or on the whole page with those of a plain form in it."""
    status = 409 if isinstance(error, Changed) else 422
    if pages.is_htmx(request):
        answer = await _shown(request, me, status=status, notice=error.sentence)
    else:
        answer = await inbox.show(
            request,
            me,
            _conversation_id(request),
            status=status,
            text=form.raw("body") if form else "",
            notice=error.sentence,
            later=later,
            added=await attaching.added(me.tenant, me.user, _conversation_id(request), media_ids),
        )
    if isinstance(error, Changed):
        answer.headers["X-Seen"] = str(error.seen)
    return answer


async def _shown(
    request: Request, me: Who, *, status: int = 200, notice: str = "", sent: Message | None = None
) -> Response:
    conversation = await conversations.find(me.tenant, _conversation_id(request))
    return pages.fragment(
        request,
        "threads/_scheduled_now.html",
        status=status,
        conversation=conversation,
        scheduled=await scheduled_texts.of(me.tenant, [conversation.id]),
        messages=await with_media(me.tenant, [sent], conversation) if sent else (),
        notice=notice,
    )
