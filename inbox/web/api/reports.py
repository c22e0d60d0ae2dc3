"""Reports: the figures of Reports > Chat, the same as on its page."""

from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from inbox import clock
from inbox.accounts.scopes import Scope
from inbox.errors import Invalid
from inbox.reports import chat
from inbox.reports.chat import Asked, Usage
from inbox.web import views
from inbox.web.api.chosen_company import company_of
from inbox.web.api.operations import Call, Input, Line, Operation

MOST_DAYS = 62
"""Longer ranges are told by weeks."""


class Filter(Input):
    """Days of the company (its id, by default the first one of `/me`), and who or what wrote the texts.

    `range` is one of the inbox's, by default the last month; with `from` and `to` (ISO 8601) it is their days.
    """

    company: Line | None = None
    range: Literal["today", "7d", "month", "year", "all", "custom"] = "month"
    from_: Line | None = field(default=None, name="from")
    to: Line | None = None
    usage: Usage = "all"


class Period(Struct):
    """The texts of a day, or of a week from Monday on, both days included."""

    first: date
    last: date
    sent: int
    delivered: int
    failed: int
    received: int
    segments: int


class ChatReport(Struct):
    """`funnel` counts different candidates by group; `periods` are those with any texts, the newest first."""

    funnel: dict[str, int]
    periods: list[Period]


async def chat_report(call: Call[None, Filter]) -> ChatReport:
    """How many texts went out and came in, and how far candidates came."""
    me, query = call.me, call.query
    given = {"range": query.range, "from": query.from_ or "", "to": query.to or ""}
    company_id = await company_of(call, query.company)
    wanted = {name: value for name, value in given.items() if value}
    view, wrong = views.of(wanted, me.user, me.organisation, company_id)
    if wrong:
        raise Invalid(wrong)
    start, end = view.bounds(clock.now())
    asked = Asked(start, end, query.usage, ZoneInfo(view.zone), company_id)
    by_week = start is None or (end or clock.now()) - start > timedelta(days=MOST_DAYS)
    periods = await chat.periods(call.tenant, asked, by_week=by_week)
    funnel = await chat.funnel(call.tenant, asked)
    return ChatReport(
        {str(group): number for group, number in funnel.items()},
        [Period(**{name: getattr(one, name) for name in Period.__struct_fields__}) for one in periods],
    )


OPERATIONS = (
    Operation(
        "GET",
        "/reports/chat",
        "The figures of Reports, Chat",
        chat_report,
        ChatReport,
        scope=Scope.REPORTS_READ,
        asks=Filter,
    ),
)
