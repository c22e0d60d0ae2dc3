"""What is counted ahead: days of a company, and hours of the present one, by the organisation's clocks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from inbox.storage.database import Tenant
from inbox.storage.tables import companies, organisations

EDITION = 2
"""Of what counts as what: another one makes what was counted before be counted anew."""
WHOLE = -1
"""In place of an hour: all of the day."""


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """A day, or the hour of it that began so many hours after its midnight."""

    company_id: str
    day: date
    hour: int = WHOLE


@dataclass(frozen=True, slots=True)
class Rule:
    """How the days of a company are counted."""

    zone: ZoneInfo
    hours: str

    @property
    def words(self) -> str:
        """As it is stored with what was counted by it."""
        return f"{EDITION} {self.zone.key} {self.hours}"

    def midnight(self, day: date) -> datetime:
        """When a day begins (UTC)."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def bounds(self, day: date, hour: int) -> tuple[datetime, datetime]:
        """When a day begins and ends (UTC), or an hour of it: a day has as many as it really has."""
        begins, ends = self.midnight(day), self.midnight(day + timedelta(days=1))
        if hour == WHOLE:
            return begins, ends
        return begins + timedelta(hours=hour), min(ends, begins + timedelta(hours=hour + 1))

    def place(self, at: datetime) -> tuple[date, int]:
        """The day and the hour of it that a moment is in."""
        day = at.astimezone(self.zone).date()
        return day, int((at - self.midnight(day)).total_seconds() // 3600)


async def rules(tenant: Tenant) -> dict[str, Rule]:
    """How each company's days are counted, by its id."""
    rows = await tenant.fetch_all(
        select(companies.c.id, companies.c.working_hours, organisations.c.time_zone)
        .join(organisations, organisations.c.id == companies.c.organisation_id)
        .where(companies.c.organisation_id == tenant.organisation_id)
    )
    return {row.id: Rule(ZoneInfo(row.time_zone), row.working_hours) for row in rows}
