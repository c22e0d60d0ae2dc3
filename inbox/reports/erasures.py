"""What was removed of whom: a row each, with numbers and no names, and what the provider still has to delete."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from inbox.errors import NotFound
from inbox.messaging.delivery import COPY_TOLD
from inbox.messaging.erased_numbers import DELETE_COPIES
from inbox.messaging.sending import Line
from inbox.provisioning import credentials
from inbox.reports.emptying import Emptied
from inbox.storage import jobs
from inbox.storage.columns import Id, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.scrubbing import SCRUB, scrub
from inbox.storage.tables import conversations, erased_copies, message_status_log, messages
from inbox.storage.tables import erasures as table
from providers.contract import ProviderError, Refused
from providers.twilio.client import TwilioClient

PAGE = 50
_AT_ONCE = 20
_NOT_FOUND = 20404
_PAUSE, _LONGEST_PAUSE = 15.0, 3_600.0

Cause = Literal["request", "retention"]


@dataclass(frozen=True, slots=True)
class Erasure:
    """How much there was: texts, files, notes, texts that the provider had (`copies`), and how many it has (`left`)."""

    id: str
    candidate_id: str
    cause: Cause
    actor: str
    texts: int
    files: int
    notes: int
    copies: int
    left: int
    at: datetime


async def record(tenant: Tenant, candidate_id: str, emptied: Emptied, *, actor: str, cause: Cause) -> Erasure:
    """Note what was removed, added to what was before, and promise that the provider deletes its copies."""
    new = postgresql.insert(table).values(
        organisation_id=tenant.organisation_id,
        id=new_id(),
        candidate_id=candidate_id,
        cause=cause,
        actor=actor,
        texts=emptied.texts,
        files=emptied.files,
        notes=emptied.notes,
        copies=len(emptied.copies),
    )
    more = {name: table.c[name] + new.excluded[name] for name in ("texts", "files", "notes", "copies")}
    erasure_id: str = await tenant.fetch_val(
        new.on_conflict_do_update(index_elements=["organisation_id", "candidate_id"], set_=more).returning(table.c.id)
    )
    if emptied.copies:
        await tenant.execute_many(
            insert(erased_copies).values(
                organisation_id=tenant.organisation_id,
                erasure_id=erasure_id,
                provider_account_id=bindparam("account", type_=Id()),
                provider_message_id=bindparam("sid"),
            ),
            [{"account": account_id, "sid": message_id} for account_id, message_id in emptied.copies],
        )
        await jobs.enqueue(tenant, DELETE_COPIES, erasure_id)
    if tenant.database.dialect == "sqlite":  # one job for all that are removed together
        await jobs.enqueue(tenant, SCRUB, str(UUID(int=tenant.organisation_id)))
    return await of_candidate(tenant, candidate_id)


async def add_told(tenant: Tenant, job: Job) -> None:
    """Have the provider delete what reports have told of an erased text since, such as an attempt of another id."""
    async with tenant.transaction():
        for row in await tenant.fetch_all(_told_since(tenant, job.subject)):
            added = await tenant.fetch_one(
                postgresql.insert(erased_copies)
                .values(
                    organisation_id=tenant.organisation_id,
                    erasure_id=row.erasure_id,
                    provider_account_id=row.provider_account_id,
                    provider_message_id=row.provider_message_id,
                )
                .on_conflict_do_nothing()
                .returning(erased_copies.c.erasure_id)
            )
            if added is not None:
                await tenant.execute(
                    update(table)
                    .where(table.c.organisation_id == tenant.organisation_id, table.c.id == row.erasure_id)
                    .values(copies=table.c.copies + 1)
                )
            await jobs.enqueue(tenant, DELETE_COPIES, row.erasure_id)


def _told_since(tenant: Tenant, message_id: str) -> Select[Any]:
    """The provider's ids of an erased text that no report had named before it was."""

    def same(other: Any, column: Any, reference: Any) -> Any:
        return and_(other.c.organisation_id == messages.c.organisation_id, column == reference)

    told = message_status_log
    columns = table.c.id.label("erasure_id"), messages.c.provider_account_id, told.c.provider_message_id
    return (
        select(*columns)
        .select_from(messages)
        .join(conversations, same(conversations, conversations.c.id, messages.c.conversation_id))
        .join(table, same(table, table.c.candidate_id, conversations.c.candidate_id))
        .join(told, same(told, told.c.message_id, messages.c.id))
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.id == message_id,
            told.c.provider_message_id.is_not(None),
        )
        .group_by(*columns, conversations.c.erased_at)
        .having(func.min(told.c.at) > conversations.c.erased_at)
    )


async def of_candidate(tenant: Tenant, candidate_id: str) -> Erasure:
    """What was removed of a candidate; raises NotFound for one of whom nothing was."""
    found = await tenant.fetch_one(_selected(tenant).where(table.c.candidate_id == candidate_id))
    if found is None:
        raise NotFound
    return _read(found)


async def latest(tenant: Tenant, *, before: str | None = None) -> tuple[Sequence[Erasure], str | None]:
    """The latest ones, and the id to ask the next page with."""
    query = _selected(tenant).order_by(table.c.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(table.c.id < before)
    found = [_read(row) for row in await tenant.fetch_all(query)]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


async def candidate_ids(database: Database, tenant: Tenant | None = None) -> Sequence[str]:
    """Everybody who was erased, of one organisation or of all: what has to be applied to an older copy again."""
    query = select(table.c.candidate_id).order_by(table.c.organisation_id, table.c.id)
    if tenant is not None:
        query = query.where(table.c.organisation_id == tenant.organisation_id)
    return [row.candidate_id for row in await database.fetch_all(query)]


class CopyDeleter:
    """Has the provider delete what it keeps of erased texts, a few at a time."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def __call__(self, tenant: Tenant, job: Job) -> float | Postponed | None:
        """Delete some; seconds until the next ones. One that cannot be deleted yet is asked for again later."""
        rows = await tenant.fetch_all(
            select(erased_copies)
            .where(erased_copies.c.organisation_id == tenant.organisation_id, erased_copies.c.erasure_id == job.subject)
            .order_by(erased_copies.c.provider_message_id)
            .limit(_AT_ONCE)
        )
        for row in rows:
            try:
                await self._delete(tenant, row)
            except ProviderError:
                return min(_LONGEST_PAUSE, _PAUSE * 2.0 ** min(job.tries, 10))
        return Postponed(0.0) if len(rows) == _AT_ONCE else None

    async def _delete(self, tenant: Tenant, row: Any) -> None:
        account = await credentials.find(tenant, self._line.vault, row.provider_account_id)
        client = TwilioClient(self._line.transport, account.account_sid, account.auth_token)
        try:
            await client.delete(row.provider_message_id)
        except Refused as refused:
            if refused.code != _NOT_FOUND:
                raise
        await tenant.execute(
            delete(erased_copies).where(
                erased_copies.c.organisation_id == tenant.organisation_id,
                erased_copies.c.erasure_id == row.erasure_id,
                erased_copies.c.provider_message_id == row.provider_message_id,
            )
        )


def deeds(line: Line) -> dict[str, Callable[[Tenant, Job], Awaitable[float | Postponed | None]]]:
    """What a worker does about copies, by the kinds of its jobs."""
    return {DELETE_COPIES: CopyDeleter(line), COPY_TOLD: add_told, SCRUB: scrub}


def _selected(tenant: Tenant) -> Select[Any]:
    left = (
        select(func.count())
        .where(
            and_(
                erased_copies.c.organisation_id == table.c.organisation_id,
                erased_copies.c.erasure_id == table.c.id,
            )
        )
        .scalar_subquery()
    )
    return select(table, left.label("left")).where(table.c.organisation_id == tenant.organisation_id)


def _read(row: Any) -> Erasure:
    return Erasure(
        row.id,
        row.candidate_id,
        row.cause,
        row.actor,
        row.texts,
        row.files,
        row.notes,
        row.copies,
        row.left,
        row.at,
    )
