"""The audit log: who did what that matters to an admin, in rows that are only ever added and that hold each other.

Each row carries a hash over itself and the row before, so a row that was changed, removed or put in between shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from inbox.languages import Sentence, _, known, stored
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import audit_heads as heads
from inbox.storage.tables import audit_log as table

PAGE = 50
_AT_ONCE = 1_000
_BEGIN = "0" * 64
_MOST = 2_000
"""Characters of an entry with what it takes to say it in other languages; of a longer one only English is kept."""

ACTS = {
    "user": _("Users"),
    "session": _("Signing in and out"),
    "account": _("Twilio account"),
    "settings": _("Settings"),
    "billing": _("Segments"),
    "token": _("API tokens"),
    "export": _("Exports"),
    "import": _("Imports"),
    "candidate": _("Candidates"),
    "erasure": _("Erasures"),
    "template": _("Message templates"),
    "campaign": _("Campaigns"),
    "workflow": _("Workflows"),
    "opt_out": _("Opt-outs"),
    "number": _("Numbers that take no texts"),
    "retry": _("Texts tried again"),
    "consent": _("Consents"),
    "chatbot": _("Text Engage"),
    "webhook": _("Webhooks"),
}
"""The kinds of acts, and how the filter names them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: by whom, when (UTC), and what, as it is kept."""

    seq: int
    at: datetime
    actor_id: str
    actor: str
    act: str
    kept: str
    hash: str

    @property
    def what(self) -> Sentence:
        """What was done, as a sentence without its subject."""
        return known(self.kept)


async def record(tenant: Tenant, actor_id: str, actor: str, act: str, what: str) -> None:
    """Add an entry, in the transaction of what it tells of, or in one of its own. `act` is one of ACTS.

    `what` is a sentence without its subject: its readers get it in their languages.
    """
    async with tenant.transaction():
        await tenant.execute(
            insert(heads)
            .values(organisation_id=tenant.organisation_id, seq=0, hash=_BEGIN)
            .on_conflict_do_nothing(index_elements=["organisation_id"])
        )
        head: Any = await tenant.fetch_one(
            select(heads).where(heads.c.organisation_id == tenant.organisation_id).with_for_update()
        )
        at: datetime = await tenant.fetch_val(select(db_now()))
        kept = stored(what)
        entry = Entry(head.seq + 1, at, actor_id, actor, act, kept if len(kept) <= _MOST else what[:500], "")
        sealed = _hash(head.hash, entry)
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                seq=entry.seq,
                at=at,
                actor_id=actor_id,
                actor=actor,
                act=act,
                what=entry.kept,
                hash=sealed,
            )
        )
        await tenant.execute(
            update(heads).where(heads.c.organisation_id == tenant.organisation_id).values(seq=entry.seq, hash=sealed)
        )


async def page(
    tenant: Tenant,
    *,
    act: str = "",
    actor_id: str = "",
    days: tuple[datetime | None, datetime | None] = (None, None),
    before: int | None = None,
    most: int = PAGE,
) -> tuple[Sequence[Entry], int | None]:
    """The newest entries, or those before a number; the number to ask the next page with.

    `days` are half-open bounds (UTC), None where a side is open.
    """
    query = _listed(tenant).order_by(table.c.seq.desc()).limit(most + 1)
    if act:
        query = query.where(table.c.act == act)
    if actor_id:
        query = query.where(table.c.actor_id == actor_id)
    start, end = days
    if start is not None:
        query = query.where(table.c.at >= start)
    if end is not None:
        query = query.where(table.c.at < end)
    if before is not None:
        query = query.where(table.c.seq < before)
    found = [_read(row) for row in await tenant.fetch_all(query)]
    return found[:most], found[most - 1].seq if len(found) > most else None


async def first_broken(tenant: Tenant, *, newest: int) -> int | None:
    """The number of the first of the `newest` entries that does not hold with the one before; None when all do."""
    head = await tenant.fetch_one(select(heads).where(heads.c.organisation_id == tenant.organisation_id))
    if head is None:
        return None
    seq, sealed = await _base(tenant, head.seq - newest)
    while seq < head.seq:
        between = (table.c.seq > seq, table.c.seq <= head.seq)
        rows = await tenant.fetch_all(_listed(tenant).where(*between).order_by(table.c.seq).limit(_AT_ONCE))
        for row in rows:
            entry = _read(row)
            if entry.seq != seq + 1 or entry.hash != _hash(sealed, entry):
                return seq + 1
            seq, sealed = entry.seq, entry.hash
        if not rows:
            break
    return None if (head.seq, head.hash) == (seq, sealed) else seq + 1


async def _base(tenant: Tenant, seq: int) -> tuple[int, str]:
    """The number and the hash that the entry behind `seq` holds with."""
    row = await tenant.fetch_one(_listed(tenant).where(table.c.seq == seq)) if seq > 0 else None
    return (max(seq, 0), _BEGIN) if row is None else (seq, row.hash)


def _hash(before: str, entry: Entry) -> str:
    at = entry.at.isoformat(timespec="milliseconds")  # what SQLite's clock tells
    parts = (before, str(entry.seq), at, entry.actor_id, entry.actor, entry.act, entry.kept)
    return sha256("\x00".join(parts).encode()).hexdigest()


def _listed(tenant: Tenant) -> Select[Any]:
    return select(table).where(table.c.organisation_id == tenant.organisation_id)


def _read(row: Any) -> Entry:
    return Entry(row.seq, row.at, row.actor_id, row.actor, row.act, row.what, row.hash)
