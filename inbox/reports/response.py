"""Reports > Response: how long candidates waited for answers, and what became of texts, by who and what sent them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from inbox import clock
from inbox.languages import _
from inbox.messaging import conditions
from inbox.messaging.reported import BYS, By
from inbox.messaging.views import View
from inbox.reports import lengths, reading
from inbox.reports.chat import Asked
from inbox.reports.reading import Days
from inbox.reports.sums import Rates
from inbox.reports.tallies import EVERY
from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import campaigns, conversations, message_templates, users, workflows

TABLES: Mapping[By, tuple[str, str]] = {
    "recruiter": (_("By recruiter"), _("Recruiter")),
    "template": (_("By message template"), _("Message template")),
    "campaign": (_("By campaign"), _("Campaign")),
    "workflow": (_("By workflow"), _("Workflow")),
    "job": (_("By job"), _("Job")),
}
"""What the rows of a table have in common, and what stands above their names."""
MOST_WAITING = 10_000
"""As many that wait, or more, are no more told apart."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Texts that were sent, and of them those that were answered or followed by STOP; and those that failed."""

    sent: int
    failed: int
    answered: int
    stops: int

    @property
    def replied(self) -> float | None:
        """The share of the sent ones that was answered; None of none."""
        return self.answered / self.sent if self.sent else None

    @property
    def stopped(self) -> float | None:
        """The share of the sent ones after which STOP came."""
        return self.stops / self.sent if self.sent else None

    @property
    def lost(self) -> float | None:
        """The share of all that did not reach anybody."""
        every = self.sent + self.failed
        return self.failed / every if every else None


@dataclass(frozen=True, slots=True)
class Times:
    """How long candidates waited for answers, as counts by their length; see lengths.py."""

    every: int
    worked: int

    @property
    def number(self) -> int:
        """How many answers there were."""
        return lengths.number(self.every)

    def words(self, share: float, *, worked: bool = False) -> str | None:
        """What so large a share of them took at most, in all hours or in working hours; None of none."""
        found = lengths.share(self.worked if worked else self.every, share)
        return None if found is None else lengths.words(found)


@dataclass(frozen=True, slots=True)
class Row:
    """One recruiter, template, campaign, workflow or job."""

    key: str
    name: str
    rate: Rate
    times: Times
    """Of a recruiter; of others none."""


@dataclass(frozen=True, slots=True)
class Response:
    """All of some days."""

    rate: Rate
    times: Times
    tables: Mapping[By, Sequence[Row]]


async def response(tenant: Tenant, asked: Asked) -> Response:
    """How some days went."""
    counted = await reading.rates(tenant, asked.days)
    tables = {by: _of(counted, asked, by) for by in BYS}
    named = {by: await names(tenant, by, tables[by]) for by in BYS}
    return Response(
        _of(counted, asked, EVERY).get(EVERY, Rate(0, 0, 0, 0)),
        _times(counted, asked),
        {
            by: [
                Row(
                    key,
                    named[by].get(key, _("Deleted")),
                    rate,
                    _times(counted, asked, key if by == "recruiter" else ""),
                )
                for key, rate in sorted(tables[by].items(), key=lambda one: (-one[1].sent, -one[1].failed, one[0]))
            ]
            for by in BYS
        },
    )


async def before(tenant: Tenant, asked: Asked) -> Response | None:
    """The same of as many days before them; None where the days have no beginning."""
    days = days_before(asked.days)
    if days is None:
        return None
    counted = await reading.rates(tenant, days)
    return Response(_of(counted, asked, EVERY).get(EVERY, Rate(0, 0, 0, 0)), _times(counted, asked), {})


def days_before(days: Days) -> Days | None:
    """As many days before some days; of those that have no end up to today."""
    if days.start is None:
        return None
    first = days.start.astimezone(days.zone)
    end = (days.end or clock.now() + timedelta(days=1)).astimezone(days.zone)
    # In local days, so that a day of 23 or 25 hours is one day.
    number = (end.date() - first.date()).days
    return replace(days, start=first - timedelta(days=number), end=days.start)


async def waiting(tenant: Tenant, view: View) -> int:
    """How many candidates wait for an answer now, exactly those of the inbox's filter; counted up to MOST_WAITING."""
    waits = View(user_id=None, zone=view.zone, company_id=view.company_id, waiting=True)
    some = (
        select(conversations.c.id)
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conditions.of_list(waits, clock.now()),
            *seen(tenant),
        )
        .limit(MOST_WAITING)
    )
    number: int = await tenant.fetch_val(select(func.count()).select_from(some.subquery()))
    return number


async def names(tenant: Tenant, by: By, keys: Collection[str]) -> Mapping[str, str]:
    """What they are called; those that are gone are left out."""
    if by == "job":
        return {key: key for key in keys}
    table: Any = {"recruiter": users, "template": message_templates, "campaign": campaigns, "workflow": workflows}[by]
    rows = await tenant.fetch_all(
        select(table.c.id, table.c.name).where(
            table.c.organisation_id == tenant.organisation_id, table.c.id.in_(sorted(keys))
        )
    )
    return {row.id: row.name for row in rows}


def _of(counted: Rates, asked: Asked, by: str) -> dict[str, Rate]:
    found: dict[str, Rate] = {}
    for source, keys in counted.texts.get(by, {}).items():
        if asked.usage in ("all", source):
            for key, (sent, failed, answered, stops) in keys.items():
                had = found.get(key, Rate(0, 0, 0, 0))
                found[key] = Rate(had.sent + sent, had.failed + failed, had.answered + answered, had.stops + stops)
    return found


def _times(counted: Rates, asked: Asked, author: str | None = None) -> Times:
    """Of one user's answers, or of everybody's; only people answer."""
    both = [[0, 0]]
    if asked.usage in ("all", "person"):
        both += [one for key, one in counted.answers.items() if author in (None, key)]
    every, worked = (sum(one) for one in zip(*both, strict=True))
    return Times(every, worked)
