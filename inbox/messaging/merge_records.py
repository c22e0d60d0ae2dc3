"""What a merge of two candidates moved, written down before it does, so that it can be undone for a month."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, or_, select, tuple_, update

from inbox.candidates import labels, numbers
from inbox.candidates.profiles import Profile
from inbox.storage.columns import db_later
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import (
    campaign_file_rows,
    campaign_recipients,
    candidate_links,
    candidate_numbers,
    candidates,
    conversations,
    embed_sessions,
    export_candidates,
    label_change_members,
    merged_candidates,
    users,
    workflow_executions,
    workflow_triggers,
)

KEPT_DAYS = 30
MOST_SHOWN = 50
_DAY_SECONDS = 86_400.0

KEYS: Mapping[Any, tuple[Any, ...]] = {
    campaign_file_rows: (campaign_file_rows.c.file_id, campaign_file_rows.c.line),
    candidate_links: (candidate_links.c.link,),
    embed_sessions: (embed_sessions.c.id_hash,),
    workflow_executions: (workflow_executions.c.id,),
    workflow_triggers: (workflow_triggers.c.id,),
    merged_candidates: (merged_candidates.c.id,),
    campaign_recipients: (campaign_recipients.c.campaign_id,),
    label_change_members: (label_change_members.c.change_id,),
    export_candidates: (export_candidates.c.export_id,),
}
"""By which columns the rows are known again that name the other candidate after a merge."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number (E.164) of the candidate who went; `was_shared` by the one who stayed."""

    number: str
    is_first: bool
    created_at: datetime
    was_shared: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """All that was one candidate's and became the other's, and what both profiles were."""

    stays: str
    before: Profile
    chosen: Profile
    created_at: datetime
    hold: str | None
    numbers: tuple[Number, ...]
    labels: tuple[str, ...]
    new_labels: tuple[str, ...]
    """Those of them that the one who stayed had not."""
    conversations: Mapping[str, tuple[str, bool]]
    """Whose each was, also those of others with these numbers, and whether nobody had said so."""
    rows: Mapping[str, Sequence[Sequence[Any]]]
    """By the name of the table the keys of what moved."""

    def words(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that happened: who is gone, into whom, by whom, and when (UTC); `moved` is None where nothing is kept."""

    id: str
    candidate_id: str
    name: str | None
    goes: Profile | None
    user: str
    at: datetime
    moved: Moved | None
    is_old: bool


async def taken(tenant: Tenant, stays_id: str, goes_id: str, *, before: Profile, chosen: Profile) -> Moved:
    """What is about to move; in the transaction of the merge, before it."""
    row: Any = await tenant.fetch_one(
        select(candidates.c.created_at, candidates.c.hold).where(
            candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == goes_id
        )
    )
    theirs, mine = [[one.id for one in await labels.of_candidate(tenant, who)] for who in (goes_id, stays_id)]
    return Moved(
        stays=stays_id,
        before=before,
        chosen=chosen,
        created_at=row.created_at,
        hold=row.hold,
        numbers=await _numbers(tenant, stays_id, goes_id),
        labels=tuple(theirs),
        new_labels=tuple(one for one in theirs if one not in mine),
        conversations=await _conversations(tenant, goes_id),
        rows={table.name: await _keys(tenant, table, stays_id, goes_id) for table in KEYS},
    )


async def find(tenant: Tenant, gone_id: str, *, lock: bool = False) -> Merge | None:
    """The merge of a candidate who is gone; None when there is none."""
    query = _selected(tenant).where(merged_candidates.c.id == gone_id)
    row = await tenant.fetch_one(query.with_for_update(of=merged_candidates) if lock else query)
    return None if row is None else _read(row)


async def latest(tenant: Tenant, candidate_id: str | None = None) -> Sequence[Merge]:
    """Those that may be undone, the newest first; into one candidate, or of all."""
    query = _selected(tenant).where(merged_candidates.c.moved != "", ~_is_old()).order_by(merged_candidates.c.at.desc())
    if candidate_id is not None:
        query = query.where(merged_candidates.c.candidate_id == candidate_id)
    return [_read(row) for row in await tenant.fetch_all(query.limit(MOST_SHOWN))]


async def prune(database: Database) -> None:
    """Forget what can be undone no more."""
    await database.execute(update(merged_candidates).where(merged_candidates.c.moved != "", _is_old()).values(moved=""))


async def _numbers(tenant: Tenant, stays_id: str, goes_id: str) -> tuple[Number, ...]:
    rows = await tenant.fetch_all(
        select(candidate_numbers.c.number, candidate_numbers.c.is_first, candidate_numbers.c.created_at)
        .where(
            candidate_numbers.c.organisation_id == tenant.organisation_id, candidate_numbers.c.candidate_id == goes_id
        )
        .order_by(candidate_numbers.c.created_at)
    )
    mine = set(await numbers.of_candidate(tenant, stays_id))
    return tuple(Number(row.number, row.is_first, row.created_at, row.number in mine) for row in rows)


async def _conversations(tenant: Tenant, goes_id: str) -> Mapping[str, tuple[str, bool]]:
    theirs = await numbers.of_candidate(tenant, goes_id)
    row = conversations.c
    rows = await tenant.fetch_all(
        select(row.id, row.candidate_id, row.undecided).where(
            row.organisation_id == tenant.organisation_id,
            or_(row.candidate_id == goes_id, and_(row.sharers > 1, row.candidate_number.in_(theirs))),
        )
    )
    return {row.id: (row.candidate_id, bool(row.undecided)) for row in rows}


async def _keys(tenant: Tenant, table: Any, stays_id: str, goes_id: str) -> Sequence[Sequence[Any]]:
    """Of the rows that move; where both candidates have a place in something, the one of who goes is given up."""
    keys = KEYS[table]
    of_goes = table.c.organisation_id == tenant.organisation_id, table.c.candidate_id == goes_id
    rows = await tenant.fetch_all(select(*keys).where(*of_goes))
    if table is export_candidates or not rows:
        return [list(row) for row in rows]
    there: Collection[Any] = ()
    if table in (campaign_recipients, label_change_members):
        mine = table.c.organisation_id == tenant.organisation_id, table.c.candidate_id == stays_id
        found = await tenant.fetch_all(select(*keys).where(*mine, tuple_(*keys).in_([tuple(row) for row in rows])))
        there = {tuple(row) for row in found}
    return [list(row) for row in rows if tuple(row) not in there]


def _is_old() -> Any:
    return merged_candidates.c.at < db_later(-KEPT_DAYS * _DAY_SECONDS)


def _selected(tenant: Tenant) -> Any:
    is_same = candidates.c.organisation_id == merged_candidates.c.organisation_id
    is_theirs = users.c.organisation_id == merged_candidates.c.organisation_id
    joined = merged_candidates.join(candidates, and_(is_same, candidates.c.id == merged_candidates.c.candidate_id))
    joined = joined.join(users, and_(is_theirs, users.c.id == merged_candidates.c.user_id))
    return (
        select(merged_candidates, candidates.c.name, users.c.name.label("user"), _is_old().label("is_old"))
        .select_from(joined)
        .where(merged_candidates.c.organisation_id == tenant.organisation_id)
    )


def _read(row: Any) -> Merge:
    facts = json.loads(row.facts)
    return Merge(
        id=row.id,
        candidate_id=row.candidate_id,
        name=row.name,
        goes=Profile(**facts) if facts else None,
        user=row.user,
        at=row.at,
        moved=msgspec.json.decode(row.moved, type=Moved) if row.moved else None,
        is_old=bool(row.is_old),
    )
