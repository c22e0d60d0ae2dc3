"""How long a candidate has waited for an answer, in the hours in which somebody could have given one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from inbox import clock
from inbox.accounts.working_hours import WorkingHours
from inbox.languages import _

_SPANS = 3
"""So many days of work a page counts on by itself; for longer nothing happens in no inbox."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Working seconds until `at` (seconds since 1970 UTC), and when they go on: "begin-end begin-end", likewise."""

    seconds: int
    at: int
    goes_on: str

    @property
    def is_long(self) -> bool:
        """Whether it is worth a word."""
        return self.seconds >= 3600

    @property
    def words(self) -> str:
        """As a row says it: "Waiting 2 h". The script 33-waits.js says the same."""
        if self.is_long:
            return _("Waiting %(hours)s h", hours=self.seconds // 3600)
        return _("Waiting %(minutes)s min", minutes=self.seconds // 60)


def of(since: datetime, hours: WorkingHours, zone: str) -> Wait:
    """The wait since `since` (UTC) of a company with these hours, in the organisation's `zone`."""
    now = clock.now()
    at = int(now.timestamp())
    worked = hours.between(since, now, ZoneInfo(zone))
    return Wait(int(worked.total_seconds()), at, _goes_on(hours, zone, at // 60))


@lru_cache(maxsize=256)
def _goes_on(hours: WorkingHours, zone: str, minute: int) -> str:
    """The same for all rows of a page."""
    spans = hours.next_spans(datetime.fromtimestamp(60 * minute, UTC), ZoneInfo(zone), most=_SPANS)
    return " ".join(f"{int(begins.timestamp())}-{int(ends.timestamp())}" for begins, ends in spans)
