"""Reports > Chat: the funnel of candidates and the texts by day; each number leads to exactly what it counts."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import cast, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from inbox import clock
from inbox.accounts.roles import Act
from inbox.candidates import choices
from inbox.languages import _
from inbox.messaging.views import View
from inbox.reports import chat
from inbox.reports.chat import Asked, Group, Period, Usage
from inbox.web import pages, sheets, views
from inbox.web.access import allowed, note, who

ADDRESS = "/reports/chat"
USAGES: dict[Usage, str] = {
    "all": _("All"),
    "person": "1:1",
    "campaign": _("Campaign"),
    "workflow": _("Workflow"),
    "chatbot": _("Chatbot"),
}
GROUPS: dict[Group, str] = {
    "selected": _("Selected"),
    "can_text": _("Can text"),
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "replied": _("Replied"),
    "opted_out": _("Opted out"),
    "started": _("Started"),
    "finished": _("Finished"),
    "handed_over": _("Handed over"),
    "dropped": _("Dropped"),
}
MOST_DAYS = 62
"""Longer ranges are told by weeks."""


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """Both tables for the days and the usage that are asked for."""
    me = who(request)
    view, errors = _view(request)
    asked = _asked(request, view)
    by_week = _is_long(asked)
    periods = await chat.periods(me.tenant, asked, by_week=by_week)
    return await pages.page(
        request,
        "reports/chat.html",
        status=422 if errors else 200,
        nav="reports",
        view=view,
        errors=errors,
        usage=asked.usage,
        usages=USAGES,
        funnel=await chat.funnel(me.tenant, asked),
        groups=GROUPS,
        periods=periods,
        totals=_totals(periods),
        by_week=by_week,
        query=lambda **changes: _query(view, asked.usage, **changes),
        texts=lambda period, **changes: _texts(view, asked.usage, period, **changes),
    )


@allowed(Act.READ)
async def people(request: Request) -> Response:
    """The candidates behind a number of the funnel."""
    me = who(request)
    view, _wrong = _view(request)
    asked, wanted = _asked(request, view), request.query_params.get("of", "sent")
    group: Group = wanted if wanted in GROUPS else "sent"
    after = choices.as_id(request.query_params.get("after")) or None
    found, more = await chat.people(me.tenant, asked, group, after=after)
    return await pages.page(
        request,
        "reports/people.html",
        nav="reports",
        view=view,
        usage=asked.usage,
        usages=USAGES,
        group=group,
        groups=GROUPS,
        found=found,
        more=more,
        query=lambda **changes: _query(view, asked.usage, **changes),
    )


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """Both tables as one CSV file (RFC 4180)."""
    me = who(request)
    view, _wrong = _view(request)
    asked = _asked(request, view)
    funnel = await chat.funnel(me.tenant, asked)
    periods = await chat.periods(me.tenant, asked, by_week=_is_long(asked))
    await note(
        me, "export", _("exported the chat report (%(usage)s, %(days)s)", usage=USAGES[asked.usage], days=view.range)
    )
    lines = [["Candidates", "Number"], *([GROUPS[group], str(number)] for group, number in funnel.items()), []]
    return StreamingResponse(
        (sheets.line(cells) for cells in [*lines, *_rows(periods)]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="chat-report.csv"'},
    )


def _rows(periods: Sequence[Period]) -> Iterator[list[str]]:
    yield ["From", "To", "Sent", "Delivered", "Not delivered", "Received", "Segments"]
    for one in periods:
        numbers = (one.sent, one.delivered, one.failed, one.received, one.segments)
        yield [one.first.isoformat(), one.last.isoformat(), *map(str, numbers)]


def _view(request: Request) -> tuple[View, dict[str, str]]:
    me = who(request)
    given = {name: request.query_params.get(name, "") for name in ("range", "from", "to")}
    asked = {name: value for name, value in given.items() if value} or {"range": "month"}
    return views.asked_for(asked, me)


def _asked(request: Request, view: View) -> Asked:
    usage = request.query_params.get("usage", "all")
    start, end = view.bounds(clock.now())
    return Asked(
        start, end, cast(Usage, usage) if usage in get_args(Usage) else "all", ZoneInfo(view.zone), view.company_id
    )


def _is_long(asked: Asked) -> bool:
    end = asked.end or clock.now()
    return asked.start is None or end - asked.start > timedelta(days=MOST_DAYS)


def _totals(periods: Sequence[Period]) -> dict[str, int]:
    names = ("sent", "delivered", "failed", "received", "segments")
    return {name: sum(getattr(one, name) for one in periods) for name in names}


def _query(view: View, usage: Usage, **changes: str) -> str:
    """The filters as a query string with its "?"; `changes` replace or add parameters."""
    parameters = _days(view) | {"usage": "" if usage == "all" else usage} | changes
    return "?" + urlencode({name: value for name, value in parameters.items() if value})


def _texts(view: View, usage: Usage, period: Period | None, **changes: str) -> str:
    """The chat messages behind a number of a period, or of all of them."""
    days = _days(view)
    if period is not None:
        first = max(period.first, view.start) if view.start else period.first
        last = min(period.last, view.end) if view.end else period.last
        days = {"range": "custom", "from": first.isoformat(), "to": last.isoformat()}
    source = {} if usage == "all" else {"source": usage}
    return f"/chat-messages?{urlencode({**days, **source, **changes})}"


def _days(view: View) -> dict[str, str]:
    if view.range != "custom":
        return {"range": view.range}
    return {
        "range": "custom",
        "from": view.start.isoformat() if view.start else "",
        "to": view.end.isoformat() if view.end else "",
    }
