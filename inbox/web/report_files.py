"""Reports as files: CSV (RFC 4180) and XLSX (ECMA-376), in which no cell is a formula."""

from collections.abc import Iterator, Sequence

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from inbox.accounts.roles import Act
from inbox.languages import _
from inbox.reports import chat, response, sheets, workbooks
from inbox.reports.response import Rate, Row
from inbox.reports.workbooks import Cells, Sheet
from inbox.web import report_days
from inbox.web.access import allowed, note, who
from inbox.web.report_days import USAGES

_RATES = ("Sent", "Answered", "STOP after it", "Not delivered", "Reply rate", "Opt-out rate", "Failure rate")
_TIMES = ("Answers", "Median time to answer", "90% within", "Median in working hours", "90% in working hours")


@allowed(Act.EXPORT)
async def as_csv(request: Request) -> Response:
    """All tables of both reports, one below the other."""
    lines = [line for title, rows in await _sheets(request) for line in ([title], *rows, [])]
    return StreamingResponse(
        (sheets.line([str(cell) for cell in line]) for line in lines),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="chat-report.csv"'},
    )


@allowed(Act.EXPORT)
async def as_xlsx(request: Request) -> Response:
    """The same as a workbook with a sheet for each table."""
    made = await anyio.to_thread.run_sync(workbooks.made, await _sheets(request))
    return Response(
        made, media_type=workbooks.TYPE, headers={"Content-Disposition": 'attachment; filename="chat-report.xlsx"'}
    )


async def _sheets(request: Request) -> list[Sheet]:
    me = who(request)
    view, _wrong = report_days.view_of(request)
    asked = report_days.asked_of(request, view)
    await note(
        me,
        "export",
        _(
            "exported the chat report %(days)s (%(usage)s)",
            usage=USAGES[asked.usage],
            days=view.days_words or _("of all days"),
        ),
    )
    funnel = await chat.funnel(me.tenant, asked)
    periods = await chat.periods(me.tenant, asked, by_week=report_days.is_long(asked))
    found = await response.response(me.tenant, asked)
    every = Row("", "All", found.rate, found.times)
    return [
        ("Candidates", [("Candidates", "Number"), *((report_days.GROUPS[one], many) for one, many in funnel.items())]),
        ("Chat messages", list(_periods(periods))),
        ("Response", [("All", *_RATES, *_TIMES), _cells(every)]),
        *((f"By {by}", [("Name", *_RATES, *_TIMES), *map(_cells, rows)]) for by, rows in found.tables.items()),
    ]


def _periods(periods: Sequence[chat.Period]) -> Iterator[Cells]:
    yield ("From", "To", "Sent", "Delivered", "Not delivered", "Received", "Segments")
    for one in periods:
        numbers = (one.sent, one.delivered, one.failed, one.received, one.segments)
        yield (one.first.isoformat(), one.last.isoformat(), *numbers)


def _cells(row: Row) -> Cells:
    times = [row.times.words(share, worked=worked) for worked in (False, True) for share in (0.5, 0.9)]
    return (row.name, *_rates(row.rate), row.times.number, *(str(one or "") for one in times))


def _rates(rate: Rate) -> Cells:
    shares = ("" if one is None else round(one, 4) for one in (rate.replied, rate.stopped, rate.lost))
    return (rate.sent, rate.answered, rate.stops, rate.failed, *shares)
