"""Carries out an import of conversations of before: as a job that can be stopped, and goes on after a dead worker."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from inbox.errors import NotFound
from inbox.errors import Refused as NoLonger
from inbox.messaging import history, history_imports, history_reading, history_rows, history_undoing, synchronizing
from inbox.messaging.history import PastText
from inbox.messaging.history_imports import Figures, HistoryImport
from inbox.messaging.history_reading import Reading
from inbox.messaging.history_rows import WaitingRow
from inbox.messaging.sending import Line
from inbox.messaging.synchronizing import Superseded
from inbox.provisioning import company_numbers, credentials
from inbox.storage import jobs
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from providers.contract import ProviderError, Refused, Throttled
from providers.twilio.client import TwilioClient

IMPORT = "import_history"
LEASE_SECONDS = 60.0
AT_ONCE = 2
"""In a process: each takes one of the worker's places, of which sending needs some."""
AGAIN_SECONDS = 60.0
MOST_BACKOFF_SECONDS = 900.0
ROWS_AT_ONCE = 100

_log = structlog.stdlib.get_logger(__name__)


async def begin_list(tenant: Tenant, user_id: str, number_id: str, *, since: datetime, until: datetime) -> str:
    """Have a number's list read for texts of [since, until) (UTC); the import's id. In a transaction."""
    import_id = await history_imports.create_of_list(tenant, user_id, number_id, since=since, until=until)
    await jobs.enqueue(tenant, IMPORT, import_id)
    return import_id


async def begin_file(tenant: Tenant, import_id: str) -> None:
    """Have the rows of a checked file stored. Raises Refused when that has begun."""
    async with tenant.transaction():
        await history_imports.step(tenant, import_id, "checked", "running")
        await jobs.enqueue(tenant, IMPORT, import_id)


async def stop(tenant: Tenant, import_id: str) -> None:
    """Read no further. Raises Refused when there is nothing to stop."""
    await history_imports.step(tenant, import_id, "running", "stopped")


async def go_on(tenant: Tenant, import_id: str) -> None:
    """Have a stopped import go on where it was. Raises Refused when it is not stopped."""
    async with tenant.transaction():
        await history_imports.step(tenant, import_id, "stopped", "running")
        await jobs.enqueue(tenant, IMPORT, import_id)


async def undo(tenant: Tenant, import_id: str) -> None:
    """Have what an import of a file brought taken back. Raises Refused unless it has ended."""
    async with tenant.transaction():
        file = await history_imports.find(tenant, import_id)
        await history_imports.step(tenant, import_id, "stopped" if file.state == "stopped" else "done", "undoing")
        await jobs.enqueue(tenant, IMPORT, import_id)


class HistoryImporter:
    """Carries the jobs out, a few at once."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._busy = 0

    async def __call__(self, tenant: Tenant, job: Job) -> float | Postponed | None:
        """Carry on with the import that the job is about; None when there is nothing left to do."""
        if self._busy >= AT_ONCE:
            return Postponed(1.0)
        self._busy += 1
        try:
            return await self._carry_on(tenant, job, await history_imports.find(tenant, job.subject))
        except (NotFound, NoLonger, Superseded):
            return None  # it was thrown away or stopped by somebody, or another worker has it
        finally:
            self._busy -= 1

    async def _carry_on(self, tenant: Tenant, job: Job, file: HistoryImport) -> float | None:
        if not file.goes_on:
            return None

        async def fenced() -> None:
            if not await jobs.renew(tenant.database, job, lease_seconds=LEASE_SECONDS):
                raise Superseded

        if file.state == "undoing":
            while await _take_rows_back(tenant, file, fenced):
                continue
            await history_imports.step(tenant, file.id, "undoing", "undone")
            return None
        try:
            if file.kind == "file":
                while await _store_rows(tenant, file, fenced):
                    continue
            else:
                await history_reading.read(tenant, await self._reading(tenant, file, fenced), file)
        except ProviderError as error:
            return await _held_up(tenant, job, file, error)
        await history_imports.step(tenant, file.id, "running", "done")
        return None

    async def _reading(self, tenant: Tenant, file: HistoryImport, fenced: history_reading.Fence) -> Reading:
        number = await company_numbers.find(tenant, file.number_id or "")
        account = await credentials.find(tenant, self._line.vault, number.provider_account_id)
        provider = TwilioClient(self._line.transport, account.account_sid, account.auth_token)
        return Reading(account, number, provider, fenced)


async def _held_up(tenant: Tenant, job: Job, file: HistoryImport, error: ProviderError) -> float | None:
    """What the provider refuses waits for a person; all else is tried again, ever later."""
    _log.warning("history not read", history_import=file.id, code=error.code, error=type(error).__name__)
    if isinstance(error, Refused):
        await history_imports.step(tenant, file.id, "running", "stopped", error=synchronizing.sentence(error))
        return None
    await history_imports.note_error(tenant, file.id, synchronizing.sentence(error))
    told = error.retry_after if isinstance(error, Throttled) else None
    return max(told or 0.0, min(AGAIN_SECONDS * 2.0 ** min(job.tries - 1, 10), MOST_BACKOFF_SECONDS))


async def _store_rows(tenant: Tenant, file: HistoryImport, fenced: history_reading.Fence) -> bool:
    """Store the next rows of a file, of one number of ours; whether there may be more."""
    rows = await history_rows.waiting(tenant, file.id, most=ROWS_AT_ONCE)
    if not rows:
        return False
    number = await company_numbers.find(tenant, rows[0].number_id)
    mine = [row for row in rows if row.number_id == number.id]
    texts = {row.line: history_rows.past_text(tenant, number, row) for row in mine}
    await history.open_all(tenant, number, list(texts.values()))
    async with tenant.transaction():
        held = await history_imports.hold(tenant, file.id)
        await fenced()
        told = await history_rows.told_already(tenant, number, texts)
        stored = await history.keep(tenant, number, [text for line, text in texts.items() if line not in told])
        await _settle(tenant, held, mine, {line: text for line, text in texts.items() if text.id in stored})
    return True


async def _take_rows_back(tenant: Tenant, file: HistoryImport, fenced: history_reading.Fence) -> bool:
    """Undo the next rows of a file; whether there may be more."""
    rows = await history_rows.stored_rows(tenant, file.id, most=ROWS_AT_ONCE)
    if not rows:
        return False
    async with tenant.transaction():
        held = await history_imports.hold(tenant, file.id, "undoing")
        await fenced()
        await history_undoing.take_back(tenant, held, rows)
    return True


async def _settle(
    tenant: Tenant, held: HistoryImport, rows: Sequence[WaitingRow], stored: Mapping[int, PastText]
) -> None:
    known = [row.line for row in rows if row.line not in stored]
    await history_rows.settle_stored(tenant, held.id, stored)
    await history_rows.settle(tenant, held.id, known, "known")
    await history_imports.move(tenant, held, Figures(len(rows), len(stored), len(known)))
