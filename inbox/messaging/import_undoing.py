"""An import of candidates is taken back: who it added goes, what it filled in is empty again.

What somebody has changed since, and whoever has been in a conversation, stays.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import exists, select
from sqlalchemy.sql.elements import ColumnElement

from inbox.candidates import imported_rows, profiles, removing
from inbox.candidates.imported_rows import ImportedRow
from inbox.candidates.imports import Import
from inbox.candidates.profiles import Profile
from inbox.messaging import renaming
from inbox.storage.database import Tenant
from inbox.storage.tables import campaign_recipients, candidate_numbers, candidates, conversations, label_members


async def take_back(tenant: Tenant, file: Import, rows: Sequence[ImportedRow]) -> None:
    """Undo these rows. In a transaction."""
    added = [row for row in rows if row.outcome == "added"]
    removed = await _unchanged(tenant, added)
    await removing.remove(tenant, [str(row.candidate_id) for row in removed])
    lines = {row.line.number for row in removed}
    await imported_rows.settle(tenant, file.id, sorted(lines), "removed")
    await imported_rows.settle(tenant, file.id, [row.line.number for row in added if row not in removed], "kept")
    changed = [await _empty(tenant, file, row) for row in rows if row.outcome == "filled"]
    # Last, as what is told locks the event log.
    for candidate_id, before, after in changed:
        await renaming.renamed(tenant, candidate_id, before, after, actor_id=None, begins=False)


async def _unchanged(tenant: Tenant, rows: Sequence[ImportedRow]) -> list[ImportedRow]:
    """Those whose candidate is as it was imported, without tags and lists, never in a conversation or a campaign."""
    ids = [row.candidate_id for row in rows]
    number = select(candidate_numbers.c.number).where(
        candidate_numbers.c.organisation_id == candidates.c.organisation_id,
        candidate_numbers.c.candidate_id == candidates.c.id,
    )
    found = await tenant.fetch_all(
        select(candidates, number.limit(1).scalar_subquery().label("number")).where(
            candidates.c.organisation_id == tenant.organisation_id,
            candidates.c.id.in_(ids),
            ~_has_conversation(),
            ~_has_label(),
            ~_is_recipient(),
            ~_shares_number(),
        )
    )
    present = {row.id: profiles.profile_of(row, row.number) for row in found}
    return [row for row in rows if row.candidate_id in present and present[row.candidate_id] == row.profile]


def _has_conversation() -> ColumnElement[bool]:
    return exists().where(
        conversations.c.organisation_id == candidates.c.organisation_id, conversations.c.candidate_id == candidates.c.id
    )


def _has_label() -> ColumnElement[bool]:
    return exists().where(
        label_members.c.organisation_id == candidates.c.organisation_id, label_members.c.candidate_id == candidates.c.id
    )


def _shares_number() -> ColumnElement[bool]:
    others = candidate_numbers.alias("others")
    return exists().where(
        candidate_numbers.c.organisation_id == candidates.c.organisation_id,
        candidate_numbers.c.candidate_id == candidates.c.id,
        others.c.organisation_id == candidate_numbers.c.organisation_id,
        others.c.number == candidate_numbers.c.number,
        others.c.candidate_id != candidate_numbers.c.candidate_id,
    )


def _is_recipient() -> ColumnElement[bool]:
    return exists().where(
        campaign_recipients.c.organisation_id == candidates.c.organisation_id,
        campaign_recipients.c.candidate_id == candidates.c.id,
    )


async def _empty(tenant: Tenant, file: Import, row: ImportedRow) -> tuple[str, Profile, Profile]:
    """Take away the facts that the row brought, unless somebody changed them since; the profile before and after."""
    candidate_id = str(row.candidate_id)
    known = await profiles.find(tenant, candidate_id)
    brought = {name: None for name in row.filled if getattr(known, name) == getattr(row.profile, name)}
    after = replace(known, **brought)
    if brought:
        await profiles.change(tenant, candidate_id, after, mark=known.mark)
    await imported_rows.settle(tenant, file.id, [row.line.number], "removed" if brought else "kept")
    return candidate_id, known, after
