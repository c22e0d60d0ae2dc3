"""What every report is asked for in its address: days, a usage, the company; and the addresses of what it counts."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import cast, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request

from inbox import clock
from inbox.languages import _
from inbox.messaging.views import View
from inbox.reports.chat import Asked, Usage
from inbox.web import views
from inbox.web.access import who

USAGES: dict[Usage, str] = {
    "all": _("All"),
    "person": "1:1",
    "campaign": _("Campaign"),
    "workflow": _("Workflow"),
    "chatbot": _("Chatbot"),
}
MOST_DAYS = 62
"""Longer ranges are told by weeks."""


def view_of(request: Request) -> tuple[View, dict[str, str]]:
    """The days that are asked for, the last month by default, and a sentence per field that could not be taken."""
    return views.days_of(request, who(request))


def asked_of(request: Request, view: View) -> Asked:
    """The same as moments, with the usage."""
    usage = request.query_params.get("usage", "all")
    start, end = view.bounds(clock.now())
    return Asked(
        start, end, cast(Usage, usage) if usage in get_args(Usage) else "all", ZoneInfo(view.zone), view.company_id
    )


def is_long(asked: Asked) -> bool:
    """Whether there are too many days for a row each."""
    end = asked.end or clock.now()
    return asked.start is None or end - asked.start > timedelta(days=MOST_DAYS)


def query(view: View, usage: Usage, **changes: str) -> str:
    """The filters as a query string with its "?"; `changes` replace or add parameters."""
    parameters = days(view) | {"usage": "" if usage == "all" else usage} | changes
    return "?" + urlencode({name: value for name, value in parameters.items() if value})


def texts(view: View, usage: Usage, within: tuple[date, date] | None, **changes: str) -> str:
    """The address of the chat messages of these days, or of those local days of them."""
    chosen = days(view)
    if within is not None:
        first = max(within[0], view.start) if view.start else within[0]
        last = min(within[1], view.end) if view.end else within[1]
        chosen |= {"range": "custom", "from": first.isoformat(), "to": last.isoformat()}
    source: Mapping[str, str] = {} if usage == "all" else {"source": usage}
    return f"/chat-messages?{urlencode({**chosen, **source, **changes})}"


def days(view: View) -> dict[str, str]:
    """The days as parameters of an address."""
    company = {"company": view.company_id} if view.names_company and view.company_id else {}
    if view.range != "custom":
        return {**company, "range": view.range}
    return {
        **company,
        "range": "custom",
        "from": view.start.isoformat() if view.start else "",
        "to": view.end.isoformat() if view.end else "",
    }
