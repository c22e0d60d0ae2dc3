"""Chat messages: every text of the organisation, the failures by their reason, and both as a file."""

from collections.abc import Callable, Mapping
from typing import Any, cast, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from inbox import clock
from inbox.accounts.roles import Act
from inbox.automation import message_templates
from inbox.candidates import choices
from inbox.errors import NotFound
from inbox.languages import _, gathered, pgettext
from inbox.languages.sentences import Sentence
from inbox.messaging import message_log
from inbox.messaging.failures import AT_ONCE, is_of_number, is_safe_to_retry
from inbox.messaging.message_log import Direction, Log, Only, Source
from inbox.messaging.messages import HISTORY
from inbox.messaging.outcomes import Outcome
from inbox.messaging.reported import BYS, By
from inbox.messaging.views import View
from inbox.reports import response
from inbox.reports.export_messages import asked_messages
from inbox.web import exports, pages, views
from inbox.web.access import Who, allowed, who

ADDRESS = "/chat-messages"
FAILURES = f"{ADDRESS}/failures"
DIRECTIONS = {"all": _("In and out"), "in": _("From candidates"), "out": _("To candidates")}
OUTCOMES = {
    "queued": _("Queued"),
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "failed": _("Not delivered"),
    "replied": _("Replied"),
}
SOURCES = {
    "all": _("Any source"),
    "person": _("People"),
    "campaign": _("Campaigns"),
    "workflow": _("Workflows"),
    "chatbot": _("Chatbot"),
}
WAYS = {"in": pgettext("direction", "In"), "out": pgettext("direction", "Out")}
WRITTEN_BY = {
    "person": _("People"),
    "campaign": _("Campaign"),
    "workflow": _("Workflow"),
    "chatbot": _("Chatbot"),
    HISTORY: _("Import"),
}


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """All messages, narrowed by days, direction and source."""
    return await _page(request, failed=False)


@allowed(Act.READ)
async def failures(request: Request) -> Response:
    """Those that did not arrive, and why."""
    return await _page(request, failed=True)


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """The same as a CSV file (RFC 4180)."""
    view, _wrong = views.days_of(request, who(request))
    log = _log(request, view, failed=request.query_params.get("failed") == "1")
    what = _("chat messages %(days)s", days=view.days_words) if view.days_words else _("all chat messages")
    return await exports.answer(request, "messages", asked_messages(log), what)


async def _page(request: Request, *, failed: bool) -> Response:
    me = who(request)
    view, errors = views.days_of(request, me)
    log = _log(request, view, failed=failed)
    return await pages.page(
        request,
        "chat_messages/index.html",
        status=422 if errors else 200,
        nav="candidates",
        address=FAILURES if failed else ADDRESS,
        log=log,
        view=view,
        errors=errors,
        found=await message_log.page(me.tenant, log, before=request.query_params.get("before")),
        reasons=await message_log.reasons(me.tenant, log) if failed else (),
        failures=0 if failed else await message_log.failures(me.tenant, log),
        ways=WAYS,
        written_by=WRITTEN_BY,
        told=_told(request) if failed else None,
        at_once=AT_ONCE,
        can_retry=is_safe_to_retry,
        can_mark=is_of_number,
        directions=DIRECTIONS,
        sources=SOURCES,
        narrowed=await _narrowed(me, log),
        outcomes=OUTCOMES,
        written_with=await _template(me, log),
        query=lambda **changes: _query(view, log, **changes),
    )


def _log(request: Request, view: View, *, failed: bool) -> Log:
    start, end = view.bounds(clock.now())
    direction, source, outcome = (request.query_params.get(name, "all") for name in ("direction", "source", "state"))
    return Log(
        start=start,
        end=end,
        company_id=view.company_id,
        direction=cast(Direction, direction) if direction in get_args(Direction) and not failed else "all",
        source=cast(Source, source) if source in get_args(Source) else "all",
        outcome=cast(Outcome, outcome) if outcome in OUTCOMES and not failed else None,
        by=None if failed else _by(request.query_params.get("by"), request.query_params.get("key", "")),
        only=cast(Only, only) if (only := request.query_params.get("only")) in get_args(Only) and not failed else "",
        failed=failed,
        reason=request.query_params.get("reason", "")[:200] if failed else "",
        template_id=choices.as_id(request.query_params.get("template")) if not failed else "",
    )


async def _template(me: Who, log: Log) -> str | None:
    """What the message template is called that the log is narrowed to; None when it is not."""
    if not log.template_id:
        return None
    try:
        return (await message_templates.find(me.tenant, me.user, log.template_id)).name
    except NotFound:
        return str(_("that is gone"))


def _by(by: str | None, key: str) -> tuple[By, str] | None:
    """What a number of a report leads here with; an id that is none finds nothing."""
    if by not in BYS:
        return None
    return by, key[:200] if by == "job" else choices.as_id(key)


async def _narrowed(me: Who, log: Log) -> Sentence | None:
    """What the list shows beyond its own filters, in words."""
    parts: list[Sentence | str] = []
    if log.only:
        parts.append(
            {
                "stops": _("STOP, by the text before it"),
                "answers": _("first answers"),
                "answered": _("answered texts"),
                "counted": _("texts whose segments count"),
            }[log.only]
        )
    if log.by is not None:
        by, key = log.by
        name = (await response.names(me.tenant, by, [key] if key else [])).get(key, "–")
        parts.append(_BY[by](name))
    return gathered(parts, ", ") if parts else None


_BY: dict[By, Callable[[str], Sentence]] = {
    "recruiter": lambda name: _("recruiter: %(name)s", name=name),
    "template": lambda name: _("message template: %(name)s", name=name),
    "campaign": lambda name: _("campaign: %(name)s", name=name),
    "workflow": lambda name: _("workflow: %(name)s", name=name),
    "job": lambda name: _("job: %(name)s", name=name),
}


def log_of(me: Who, asked: Mapping[str, str]) -> Log:
    """The failures that a form asks to do something with, by the fields of its page's address."""
    days = {name: asked[name] for name in ("range", "from", "to") if asked[name]} or {"range": "month"}
    view, _wrong = views.asked_for(days, me)
    start, end = view.bounds(clock.now())
    source = asked["source"]
    return Log(
        start=start,
        end=end,
        company_id=view.company_id,
        source=cast(Source, source) if source in get_args(Source) else "all",
        failed=True,
        reason=asked["reason"][:200],
    )


def _told(request: Request) -> dict[str, Any] | None:
    """What became of the act that led here."""
    asked = request.query_params
    numbers = [int(text) if (text := asked.get(name, "")).isdecimal() else 0 for name in ("done", "left")]
    return {"act": asked["act"], "done": numbers[0], "left": numbers[1]} if "act" in asked else None


def _query(view: View, log: Log, **changes: str) -> str:
    """The filters as a query string with its "?"; `changes` replace or add parameters."""
    parameters = {
        "range": view.range,
        "from": view.start.isoformat() if view.start else "",
        "to": view.end.isoformat() if view.end else "",
        "direction": log.direction,
        "source": log.source,
        "state": log.outcome or "",
        "reason": log.reason,
        "template": log.template_id,
        "only": log.only,
        "by": log.by[0] if log.by else "",
        "key": log.by[1] if log.by else "",
    } | changes
    kept = {name: value for name, value in parameters.items() if value and (value != "all" or name == "range")}
    return f"?{urlencode(kept)}"
