"""A view of the inbox: tab, days, chips, tag, job and search words, as the address bar holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, cast, get_args
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from inbox.errors import Invalid
from inbox.languages import _, moments, pgettext
from inbox.languages.readers import ENGLISH, Reader
from inbox.messaging import view_words

Tab = Literal["mine", "shared"]
Range = Literal["today", "7d", "month", "year", "all", "custom"]
MOST_WORDS = 200
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class View:
    """What one inbox page shows. Equal views share every query and every rendered fragment."""

    user_id: str | None
    """Whose conversations the Mine tab means; None on Shared, so that all its readers have an equal view."""
    zone: str
    """The organisation's time zone: its days are the days of the filter."""
    reader: Reader = ENGLISH
    """For whom the rows are rendered: language, zone, dates."""
    company_id: str | None = None
    """Whose conversations it shows; None: every company's."""
    names_company: bool = False
    """Whether its address says so: where there are several, so that two windows can show two of them."""
    range: Range = "all"
    start: date | None = None
    end: date | None = None
    unread: bool = False
    failed: bool = False
    waiting: bool = False
    """Whether it shows only candidates who wait for an answer, who waits longest first."""
    closed: bool = False
    """Whether it shows closed conversations instead of open ones."""
    snoozed: bool = False
    """Whether it shows open ones that are snoozed instead of those that are not."""
    owner: str | None = None
    """On Shared: the user whose conversations it shows, or NOBODY; None for everybody's."""
    tag: str | None = None
    """The id of the tag that the candidates have; None for all candidates."""
    job: str = ""
    """Words that the candidates' job has, the last one perhaps unfinished; "" for all candidates."""
    q: str = ""

    @property
    def tab(self) -> Tab:
        """Mine or Shared."""
        return "shared" if self.user_id is None else "mine"

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the tab narrows the list."""
        chips = self.unread or self.failed or self.waiting or self.closed or self.snoozed
        return self.range != "all" or chips or bool(self.owner or self.tag or self.job or self.q)

    @property
    def zone_words(self) -> str:
        """The zone's city: "Melbourne"."""
        return self.zone.rpartition("/")[2].replace("_", " ")

    @property
    def days_words(self) -> str:
        """Its days as the end of a sentence: "in the last 7 days"; "" for all."""
        return view_words.days(self.range, self.start, self.end)

    @property
    def sentence(self) -> str:
        """What is looked for, to be said when nothing is found: "failed messages between 1 and 12 March"."""
        return view_words.looked_for(
            kinds=(self.unread, self.failed, self.waiting),
            q=self.q,
            kept="closed" if self.closed else "snoozed" if self.snoozed else "",
            owner="nobody" if self.owner == NOBODY else "somebody" if self.owner else "",
            tag=bool(self.tag),
            job=self.job,
            days=self.days_words,
        )

    def query(self, **changes: str | None) -> str:
        """The view as a query string with its "?", defaults left out; `changes` replace or add parameters."""
        parameters: dict[str, str | None] = {
            "company": self.company_id if self.names_company else None,
            "tab": None if self.tab == "mine" else self.tab,
            "owner": self.owner,
            "range": None if self.range == "all" else self.range,
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
            "unread": "1" if self.unread else None,
            "failed": "1" if self.failed else None,
            "waiting": "1" if self.waiting else None,
            "closed": "1" if self.closed else None,
            "snoozed": "1" if self.snoozed else None,
            "tag": self.tag,
            "job": self.job or None,
            "q": self.q or None,
        }
        parameters.update(changes)
        if parameters["tab"] == "mine":
            parameters["tab"] = parameters["owner"] = None
        kept = {name: value for name, value in parameters.items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    def on_shared(self) -> "View":
        """The same filters on the Shared tab, whoever reads it."""
        return replace(self, user_id=None, reader=ENGLISH)

    def on_closed(self) -> "View":
        """The same filters among closed conversations."""
        return replace(self, closed=True, snoozed=False)

    def on_snoozed(self) -> "View":
        """The same filters among snoozed conversations."""
        return replace(self, snoozed=True, closed=False)

    def bounds(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """The days as half-open UTC bounds [from, to) at the moment `now` (UTC); None where a side is open.

        A local day starts at its own midnight, so days of 23 and 25 hours come out right.
        """
        today = now.astimezone(ZoneInfo(self.zone)).date()
        start, end = self._days(today)
        return self._midnight(start), self._midnight(end + timedelta(days=1)) if end else None

    def _days(self, today: date) -> tuple[date | None, date | None]:
        match self.range:
            case "today":
                return today, None
            case "7d":
                return today - timedelta(days=6), None
            case "month":
                return _months_before(today, 1), None
            case "year":
                return _months_before(today, 12), None
            case "custom":
                return self.start, self.end
            case "all":
                return None, None

    def _midnight(self, day: date | None) -> datetime | None:
        if day is None:
            return None
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)


def read(parameters: Mapping[str, Any], *, user_id: str, zone: str, **whose: Any) -> View:
    """The view that query parameters ask for; raises Invalid with a sentence for `from` or `to`.

    `whose` are further fields of the view, which no address decides.
    Unknown words for tab, range, owner or tag fall back to their defaults: an old link still opens.
    """
    asked = parameters.get("range", "all")
    chosen = cast(Range, asked) if asked in get_args(Range) else "all"
    has_days = chosen == "custom" or bool(parameters.get("from") or parameters.get("to"))
    start = _date(parameters, "from", pgettext("day", "From")) if has_days else None
    end = _date(parameters, "to", pgettext("day", "To")) if has_days else None
    if start and end and end < start:
        day = moments.date_words(start, year=True)
        raise Invalid({"to": _("To must be the same as or after %(day)s", day=day)})
    if has_days:
        chosen = "custom" if start or end else "all"
    is_shared = parameters.get("tab") == "shared"
    return View(
        user_id=None if is_shared else user_id,
        zone=zone,
        **whose,
        range=chosen,
        start=start,
        end=end,
        unread=parameters.get("unread") == "1",
        failed=parameters.get("failed") == "1",
        waiting=parameters.get("waiting") == "1",
        closed=parameters.get("closed") == "1",
        snoozed=parameters.get("snoozed") == "1" and parameters.get("closed") != "1",
        owner=_owner(parameters) if is_shared else None,
        tag=_id(parameters, "tag"),
        job=_words(parameters, "job"),
        q=_words(parameters, "q"),
    )


def _words(parameters: Mapping[str, Any], name: str) -> str:
    return str(parameters.get(name, "")).replace("\x00", "").strip()[:MOST_WORDS].strip()


def _owner(parameters: Mapping[str, Any]) -> str | None:
    return NOBODY if parameters.get("owner") == NOBODY else _id(parameters, "owner")


def _id(parameters: Mapping[str, Any], name: str) -> str | None:
    try:
        return str(UUID(str(parameters.get(name, ""))))
    except ValueError:
        return None


def _date(parameters: Mapping[str, Any], name: str, label: str) -> date | None:
    text = str(parameters.get(name) or "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: _("%(label)s must be a real date", label=label)}) from None
    if not 1970 <= day.year <= 9998:
        raise Invalid({name: _("%(label)s must be a real date", label=label)})
    return day


def _months_before(day: date, months: int) -> date:
    """The same day some months earlier, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
