"""Reports > Response: how fast candidates are answered, what becomes of texts; numbers lead to what they count."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.reports import response
from inbox.web import pages, report_days
from inbox.web.access import allowed, who
from inbox.web.report_days import USAGES

ADDRESS = "/reports/response"
MOST_ROWS = 100
"""Of one table of the page; a file has all of them."""


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """Times to an answer and rates, beside those of as many days before."""
    me = who(request)
    view, errors = report_days.view_of(request)
    asked = report_days.asked_of(request, view)
    earlier = response.days_before(asked.days)
    past = view
    if earlier is not None and earlier.start is not None and earlier.end is not None:
        first, last = (at.astimezone(asked.zone).date() for at in (earlier.start, earlier.end))
        past = replace(view, range="custom", start=first, end=last.fromordinal(last.toordinal() - 1))
    return await pages.page(
        request,
        "reports/response.html",
        status=422 if errors else 200,
        nav="reports",
        address=ADDRESS,
        view=view,
        errors=errors,
        usage=asked.usage,
        usages=USAGES,
        now=await response.response(me.tenant, asked),
        before=await response.before(me.tenant, asked),
        waiting=await response.waiting(me.tenant, view),
        most_waiting=response.MOST_WAITING,
        tables=response.TABLES,
        most_rows=MOST_ROWS,
        query=lambda **changes: report_days.query(view, asked.usage, **changes),
        texts=lambda **changes: report_days.texts(view, asked.usage, None, **changes),
        texts_before=lambda **changes: report_days.texts(past, asked.usage, None, **changes),
    )
