"""The shared inbox: Mine and Shared, days, chips and search, with the open conversation beside the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.candidates import labels
from inbox.candidates.labels import Label
from inbox.languages import _
from inbox.messaging import filters, matched_lines, saved_views
from inbox.messaging.conversation_rows import ConversationRow
from inbox.messaging.matched_lines import Line
from inbox.messaging.media import Media
from inbox.messaging.saved_views import SavedView
from inbox.messaging.views import View
from inbox.reports import export_conversations
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.web import context, exports, pages, views
from inbox.web.access import Who, allowed, who
from inbox.web.context import Context
from inbox.web.later import Later
from inbox.web.threads import Thread, open_thread

MOST_ELSEWHERE = 9
"""Counted of what a search finds in the other lists: more are "9+"."""


@dataclass(frozen=True, slots=True)
class Conversations:
    """One page of the list. `cursor` is the event up to which it is complete."""

    rows: tuple[ConversationRow, ...]
    more: str | None
    lines: Mapping[str, Line]
    """What a search found in them, by conversation."""
    cursor: str
    elsewhere: int
    """How many the same filters show on Shared, when Mine shows none."""
    closed: int
    """How many the same filters show among closed conversations, when there is no open one, or words are searched."""
    snoozed: int
    """How many they show among snoozed ones then."""

    @property
    def goes_on_elsewhere(self) -> bool:
        """Whether other lists show more of what is searched, below the last of these."""
        return bool(self.rows and (self.closed or self.snoozed))

    @property
    def closed_elsewhere(self) -> str:
        """How many closed ones, as it is said there."""
        return _few(self.closed)

    @property
    def snoozed_elsewhere(self) -> str:
        """How many snoozed ones, as it is said there."""
        return _few(self.snoozed)


def _few(number: int) -> str:
    return f"{MOST_ELSEWHERE}+" if number > MOST_ELSEWHERE else str(number)


@allowed(Act.THREAD)
async def index(request: Request) -> Response:
    """The list; with a conversation in the path its thread and preview too. Fragments by HX-Target.

    Guests see the texts of their one conversation and nothing else.
    """
    me = who(request)
    if me.user.guest_of is not None:
        return await _for_guest(request, me, me.user.guest_of)
    view, errors = views.asked_for(request.query_params, me)
    in_path = request.path_params.get("conversation_id")
    conversation_id = str(in_path) if in_path else None
    match pages.target(request):
        case "thread" if conversation_id:
            return await _thread(request, me, conversation_id, view)
        case "convs":
            offered = await _offered(me, view)
            return await _list(request, me, "inbox/_convs.html", view, conversation_id, errors, **offered)
        case "convs-scroll":
            return await _list(request, me, "inbox/_list.html", view, conversation_id, errors)
        case "convs-more":
            return await _list(request, me, "inbox/_more.html", view, conversation_id, errors)
    return await show(request, me, conversation_id)


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """What the filters of the list show, as a CSV file (RFC 4180) or a workbook."""
    view, _wrong = views.asked_for(request.query_params, who(request))
    return await exports.answer(request, "inbox", export_conversations.asked(view), _("conversations of the list"))


async def _for_guest(request: Request, me: Who, conversation_id: str) -> Response:
    if request.path_params.get("conversation_id") is None:
        return RedirectResponse(f"/inbox/c/{conversation_id}", status_code=303)
    asked = str(request.path_params["conversation_id"])
    thread = await open_thread(me.tenant, asked, me.user.zone)
    return await pages.page(request, "guests/thread.html", nav="inbox", thread=thread, counts=filters.TabCounts(0, 0))


async def show(
    request: Request,
    me: Who,
    conversation_id: str | None,
    *,
    status: int = 200,
    text: str = "",
    notice: str | None = None,
    later: Later | None = None,
    until: str = "",
    added: Sequence[Media] = (),
    asks: bool = False,
    opens: datetime | None = None,
) -> Response:
    """The whole page; `text`, `notice`, `later`, `until` and the pictures `added` are what a refused act leaves.

    With `asks` it wants a reason why the text cannot wait, or offers to send it when the quiet hours end (`opens`).
    """
    view, errors = views.asked_for(request.query_params, me)
    thread, known = await _opened(request, me, conversation_id)
    return await pages.page(
        request,
        "inbox/index.html",
        status=422 if errors else status,
        nav="inbox",
        view=view,
        convs=await _conversations(me.tenant, view, request.query_params.get("before")),
        thread=thread,
        known=known,
        wrong=None,
        errors=errors,
        text=text,
        notice=notice,
        asks=asks,
        opens=opens,
        until=until,
        later=later or _edited(thread, request.query_params.get("scheduled"), me.user.zone),
        added=added,
        **await _offered(me, view),
    )


async def _thread(request: Request, me: Who, conversation_id: str, view: View) -> Response:
    thread, known = await _opened(request, me, conversation_id)
    return pages.fragment(
        request,
        "inbox/_opened.html",
        thread=thread,
        known=known,
        wrong=None,
        view=view,
        counts=await filters.counts(me.tenant, me.user.id, me.company_id),
        text="",
        notice=None,
    )


async def _list(
    request: Request,
    me: Who,
    template: str,
    view: View,
    current: str | None,
    errors: dict[str, str],
    **more: object,
) -> Response:
    answer = pages.fragment(
        request,
        template,
        status=422 if errors else 200,
        view=view,
        convs=await _conversations(me.tenant, view, request.query_params.get("before")),
        counts=await filters.counts(me.tenant, me.user.id, me.company_id),
        thread=None,
        current=current,
        errors=errors,
        **more,
    )
    if _only_words_differ(request):
        # Typing a search must not leave a step for every letter behind the Back button.
        answer.headers["HX-Replace-Url"] = str(request.scope["path"]) + view.query()
    return answer


async def _offered(me: Who, view: View) -> dict[str, Sequence[User] | Sequence[Label] | Sequence[SavedView]]:
    """By what the list can be narrowed: tags, saved views, and on Shared everybody who may have a conversation."""
    everybody = users.who_may_have_conversations
    owners = await everybody(me.tenant, in_company=me.company_id) if view.tab == "shared" else []
    tags, saved = await labels.all_of(me.tenant, "tag"), await saved_views.all_of(me.tenant, me.user)
    return {"owners": owners, "tags": tags, "saved": saved}


async def _conversations(tenant: Tenant, view: View, before: str | None) -> Conversations:
    cursor = await events.head(tenant)
    page = await filters.page(tenant, view, before=before)
    elsewhere = closed = snoozed = 0
    is_empty = not page.rows and before is None
    if is_empty and view.tab == "mine" and tenant.only_of is None:
        elsewhere = await filters.how_many(tenant, view.on_shared())
    if is_empty or (view.q and page.more is None):
        most = filters.MOST_COUNTED if is_empty else MOST_ELSEWHERE + 1
        closed = 0 if view.closed else await filters.how_many(tenant, view.on_closed(), most=most)
        snoozed = 0 if view.snoozed else await filters.how_many(tenant, view.on_snoozed(), most=most)
    lines = await matched_lines.find(tenant, view.q, [row.id for row in page.rows])
    return Conversations(page.rows, page.more, lines, str(cursor), elsewhere, closed, snoozed)


async def _opened(request: Request, me: Who, conversation_id: str | None) -> tuple[Thread | None, Context | None]:
    """The conversation, at the line that `m` names if there is one."""
    if conversation_id is None:
        return None, None
    line = _line_id(request.query_params.get("m"))
    thread = await open_thread(me.tenant, conversation_id, me.user.zone, line=line)
    if thread.conversation.undecided:
        return thread, None
    return thread, await context.of(me.tenant, thread.candidate_id)


def _edited(thread: Thread | None, asked: str | None, zone: ZoneInfo) -> Later | None:
    """The fields of the scheduled text that a link has put back into the composer."""
    found = [text for text in thread.scheduled if text.id == asked] if thread else []
    return Later.of(found[0], zone) if found else None


def _line_id(asked: str | None) -> str | None:
    """The id of the message or note that a link leads to; None for anything else."""
    try:
        return str(UUID(asked)) if asked else None
    except ValueError:
        return None


def _only_words_differ(request: Request) -> bool:
    return request.headers.get("HX-Trigger-Name") == "q"
