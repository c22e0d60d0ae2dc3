"""Both reports in one file: a table after the other, each written in one piece, as its numbers are counted together."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from inbox.languages import _, pgettext
from inbox.reports import chat, response
from inbox.reports.chat import GROUPS, Period, Usage
from inbox.reports.export_rows import Asked, Rows
from inbox.reports.response import TABLES, Rate, Row
from inbox.reports.sheets import Cells
from inbox.storage.database import Tenant

_RATES = (_("Sent"), _("Answered"), _("STOP after it"), _("Not delivered"), _("Reply rate"), _("Opt-out rate"))
_TIMES = (
    *(_("Answers"), _("Median time to answer"), _("90%% within"), _("Median in working hours")),
    _("90%% in working hours"),
)
_NUMBERS = (*_RATES, _("Failure rate"), *_TIMES)
_PARTS = ("candidates", "texts", "response")


def asked_report(asked: chat.Asked, *, by_week: bool) -> Asked:
    """What a report is asked for as it is kept with an export; days that reach to now end when they are counted."""
    return {
        "start": asked.start.isoformat() if asked.start else "",
        "end": asked.end.isoformat() if asked.end else "",
        "usage": asked.usage,
        "zone": asked.zone.key,
        "company": asked.company_id or "",
        "weeks": "1" if by_week else "",
    }


async def report(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """A part of the report: the funnel, the texts by day or week, and the answers with all that they are told by."""
    part, wanted = _PARTS[_PARTS.index(after) + 1 if after else 0], _read(asked)
    if part == "candidates":
        funnel = await chat.funnel(tenant, wanted)
        counted = [(GROUPS[group], number) for group, number in funnel.items()]
        return Rows([(_("Candidates"), pgettext("how many", "Number")), *counted], part, tables={0: _("Candidates")})
    if part == "texts":
        periods = await chat.periods(tenant, wanted, by_week=asked["weeks"] == "1")
        return Rows(list(_periods(periods)), part, tables={0: _("Chat messages")})
    return _answers(await response.response(tenant, wanted))


def _answers(found: response.Response) -> Rows:
    cells: list[Cells] = [("", *_NUMBERS), _cells(Row("", _("All"), found.rate, found.times))]
    tables: dict[int, str] = {0: _("Response")}
    for by, rows in found.tables.items():
        words, name = TABLES[by]
        tables[len(cells)] = words
        cells += [(name, *_NUMBERS), *map(_cells, rows)]
    return Rows(cells, None, tables=tables)


def _periods(periods: Sequence[Period]) -> Iterator[Cells]:
    yield (
        *(_("First day"), _("Last day"), _("Sent"), _("Delivered"), _("Not delivered"), _("Received")),
        _("Segments"),
    )
    for one in periods:
        numbers = (one.sent, one.delivered, one.failed, one.received, one.segments)
        yield (one.first.isoformat(), one.last.isoformat(), *numbers)


def _cells(row: Row) -> Cells:
    times = [row.times.words(share, worked=worked) for worked in (False, True) for share in (0.5, 0.9)]
    return (row.name, *_rates(row.rate), row.times.number, *(one or "" for one in times))


def _rates(rate: Rate) -> Cells:
    shares = ("" if one is None else round(one, 4) for one in (rate.replied, rate.stopped, rate.lost))
    return (rate.sent, rate.answered, rate.stops, rate.failed, *shares)


def _read(asked: Asked) -> chat.Asked:
    start, end = (datetime.fromisoformat(asked[name]) if asked[name] else None for name in ("start", "end"))
    usage, zone = cast(Usage, asked["usage"]), ZoneInfo(asked["zone"])
    return chat.Asked(start, end, usage, zone, asked["company"] or None)
