"""Reports > Chat: the funnel of candidates and the texts by day; each number leads to exactly what it counts."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.reports import chat, chat_people
from inbox.reports.chat import GROUPS, Group, Period
from inbox.web import charts, pages, report_days
from inbox.web.access import allowed, who
from inbox.web.report_days import USAGES

ADDRESS = "/reports/chat"


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """Both tables for the days and the usage that are asked for."""
    me = who(request)
    view, errors = report_days.view_of(request)
    asked = report_days.asked_of(request, view)
    by_week = report_days.is_long(asked)
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
        bars=charts.bars(periods),
        address=ADDRESS,
        totals=_totals(periods),
        by_week=by_week,
        query=lambda **changes: report_days.query(view, asked.usage, **changes),
        texts=lambda period, **changes: report_days.texts(
            view, asked.usage, period and (period.first, period.last), **changes
        ),
    )


@allowed(Act.READ)
async def people(request: Request) -> Response:
    """The candidates behind a number of the funnel."""
    me = who(request)
    view, _ = report_days.view_of(request)
    asked, wanted = report_days.asked_of(request, view), request.query_params.get("of", "sent")
    group: Group = wanted if wanted in GROUPS else "sent"
    after = whole(request.query_params.get("after"))
    found, more = await chat_people.people(me.tenant, asked, group, after=after)
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
        query=lambda **changes: report_days.query(view, asked.usage, **changes),
    )


def whole(written: str | None) -> int:
    """A number of an address; 0 for what is none."""
    return int(written) if written and written.isdecimal() and len(written) < 16 else 0


def _totals(periods: Sequence[Period]) -> dict[str, int]:
    names = ("sent", "delivered", "failed", "received", "segments")
    return {name: sum(getattr(one, name) for one in periods) for name in names}
