"""Jobs that can wait: claimed behind all others, one organisation after the other, no more than each may have."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection

from sqlalchemy import bindparam, or_, select

from inbox.storage import jobs
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job, has_expired, is_due
from inbox.storage.tables import jobs as table

AT_ONCE = 6
"""In a process, so that a reply finds a place however many of these are due."""
REMEMBERED_SECONDS = 0.2

_WHOSE = (
    select(table.c.organisation_id)
    .where(or_(has_expired, is_due), table.c.kind.in_(bindparam("kinds", expanding=True)))
    .distinct()
    .order_by(table.c.organisation_id)
)

Pace = Callable[[Tenant], Awaitable[int]]
"""How many of an organisation's jobs may be done now."""


class PatientJobs:
    """The jobs of some kinds, for one worker."""

    def __init__(self, database: Database, kinds: Collection[str], pace: Pace | None) -> None:
        self._database = database
        self._kinds = sorted(kinds)
        self._pace = pace
        self._running: Counter[int] = Counter()  # by organisation
        self._free: dict[int, int] = {}
        self._looked_at = 0.0

    async def claim(self, most: int, *, is_idle: bool, lease_seconds: float) -> list[Job]:
        """Up to `most` of them; `is_idle` when there was nothing else to do, so that looking costs nobody time."""
        places = min(most, AT_ONCE - self._running.total())
        if not self._kinds or places <= 0:
            return []
        if is_idle or time.monotonic() - self._looked_at > REMEMBERED_SECONDS:
            await self._look()
        claimed: list[Job] = []
        while places > len(claimed) and (turn := self._next()) is not None:
            share = min(max(1, places // len(self._free)), self._free[turn], places - len(claimed))
            found = await jobs.claim(
                self._database, kinds=self._kinds, limit=share, lease_seconds=lease_seconds, organisation_id=turn
            )
            self._running.update(job.organisation_id for job in found)
            claimed += found
            self._went(turn, len(found), has_more=len(found) == share)
        return claimed

    def ended(self, job: Job) -> None:
        """A claimed job was done, or will be tried again."""
        if job.kind in self._kinds:
            self._running[job.organisation_id] -= 1

    async def _look(self) -> None:
        """Whose jobs are due; the organisation that had its turn last comes last."""
        rows = await self._database.fetch_all(_WHOSE, {"kinds": self._kinds})
        due = [row.organisation_id for row in rows]
        known = [one for one in self._free if one in due]
        self._free = {one: await self._allowed(one) for one in [*known, *(one for one in due if one not in known)]}
        self._looked_at = time.monotonic()

    async def _allowed(self, organisation_id: int) -> int:
        if self._pace is None:
            return AT_ONCE
        return await self._pace(Tenant(self._database, organisation_id)) - self._running[organisation_id]

    def _next(self) -> int | None:
        return next((one for one, free in self._free.items() if free > 0), None)

    def _went(self, organisation_id: int, number: int, *, has_more: bool) -> None:
        """It goes behind the others."""
        left = self._free.pop(organisation_id) - number
        self._free[organisation_id] = left if has_more else 0
