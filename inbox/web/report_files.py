"""Both reports as a file, which a worker writes when its numbers take long to count."""

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.languages import _
from inbox.reports.export_reports import asked_report
from inbox.web import exports, report_days
from inbox.web.access import allowed
from inbox.web.report_days import USAGES


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """All tables of both reports: one below the other (RFC 4180), or each a sheet of a workbook."""
    view, _wrong = report_days.view_of(request)
    asked = report_days.asked_of(request, view)
    days = view.days_words or _("of all days")
    what = _("the chat report %(days)s (%(usage)s)", usage=USAGES[asked.usage], days=days)
    return await exports.answer(request, "report", asked_report(asked, by_week=report_days.is_long(asked)), what)
