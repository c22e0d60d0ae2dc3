"""Two candidates who are one person: all that the one has becomes the other's, and the old id leads to them.

Nothing is lost but what says the same twice: a label that both have, and the second place in one campaign. What moved
is kept for a month, see unmerging.py.
"""

import json
from dataclasses import asdict

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts.users import User
from inbox.candidates import labels, numbers, profiles
from inbox.candidates import searchable as candidate_search
from inbox.candidates.profiles import Profile
from inbox.errors import Changed, Invalid
from inbox.languages import _
from inbox.messaging import merge_records, renaming, searchable, shared_numbers
from inbox.messaging.merge_records import Moved
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import (
    campaign_file_rows,
    campaign_recipients,
    candidate_documents,
    candidate_links,
    candidate_numbers,
    candidates,
    conversations,
    embed_sessions,
    export_candidates,
    label_change_members,
    merged_candidates,
    workflow_executions,
    workflow_triggers,
)

MOVED = (
    campaign_file_rows,
    candidate_links,
    embed_sessions,
    merged_candidates,
    workflow_executions,
    workflow_triggers,
)
"""What names a candidate and simply names the other one now."""
ONCE = (
    (campaign_recipients, campaign_recipients.c.campaign_id),
    (label_change_members, label_change_members.c.change_id),
    (export_candidates, export_candidates.c.export_id),
)
"""Where a candidate stands once: where both do, the place of the one who stays is kept."""


async def successor(tenant: Tenant, candidate_id: str) -> str | None:
    """Whom a candidate was merged into; None for an id that nobody had."""
    found: str | None = await tenant.fetch_val(
        select(merged_candidates.c.candidate_id).where(
            merged_candidates.c.organisation_id == tenant.organisation_id, merged_candidates.c.id == candidate_id
        )
    )
    return found


async def merge(
    tenant: Tenant, user: User, stays_id: str, goes_id: str, chosen: Profile, *, marks: tuple[str, str]
) -> Profile:
    """Make one candidate of two, with the facts that were `chosen`; the profile of the one who goes.

    `marks` are those of the two profiles that `user` saw. In a transaction. Raises Changed when one of them was changed
    since, Invalid for one and the same, NotFound.
    """
    if stays_id == goes_id:
        raise Invalid({"with": _("Choose somebody else to merge with.")})
    held = select(candidates.c.id).where(_among(tenant, stays_id, goes_id)).order_by(candidates.c.id)
    await tenant.fetch_all(held.with_for_update())
    stays, goes = await profiles.find(tenant, stays_id), await profiles.find(tenant, goes_id)
    if (stays.mark, goes.mark) != marks:
        raise Changed(_("Somebody changed one of them meanwhile. Nothing was merged. Look again."), seen=0)
    moved = await merge_records.taken(tenant, stays_id, goes_id, before=stays, chosen=chosen)
    await _end_what_runs_twice(tenant, stays_id, goes_id)
    await _move_labels(tenant, stays_id, goes_id)
    await _move_numbers(tenant, stays_id, goes_id, actor_id=user.id)
    await _move_rows(tenant, stays_id, goes_id)
    await _forget(tenant, user, goes_id, goes, moved)
    now = await profiles.find(tenant, stays_id)
    await profiles.change(tenant, stays_id, chosen, mark=now.mark, by=user.name)
    await renaming.renamed(tenant, stays_id, now, chosen, actor_id=user.id, begins=False)
    return goes


async def _end_what_runs_twice(tenant: Tenant, stays_id: str, goes_id: str) -> None:
    """Somebody who is in one workflow twice would be texted twice."""
    table = workflow_executions
    runs = and_(table.c.organisation_id == tenant.organisation_id, table.c.state.in_(["running", "waiting"]))
    theirs = select(table.c.workflow_id).where(runs, table.c.candidate_id == stays_id)
    await tenant.execute(
        update(table)
        .where(runs, table.c.candidate_id == goes_id, table.c.workflow_id.in_(theirs))
        .values(state="stopped", reason="it was begun twice", cause="by_hand", due_at=None, ended_at=db_now())
    )


async def _move_labels(tenant: Tenant, stays_id: str, goes_id: str) -> None:
    """The labels that the other one lacks, without beginning what begins with a new label."""
    mine = (conversations.c.organisation_id == tenant.organisation_id, conversations.c.candidate_id == stays_id)
    rows = await tenant.fetch_all(
        select(conversations.c.id).where(*mine).order_by(conversations.c.id).with_for_update()
    )
    for label in await labels.of_candidate(tenant, goes_id):
        new = await labels.add(tenant, label, [stays_id])
        if new and rows and label.kind == "tag":
            await searchable.tagged(tenant, [row.id for row in rows], label.id)


async def _move_numbers(tenant: Tenant, stays_id: str, goes_id: str, *, actor_id: str) -> None:
    """The numbers and all conversations, which are found by the name, job and tags of the other one then."""
    of_goes = and_(
        candidate_numbers.c.organisation_id == tenant.organisation_id, candidate_numbers.c.candidate_id == goes_id
    )
    for row in await tenant.fetch_all(select(candidate_numbers.c.number).where(of_goes)):
        if stays_id in await numbers.holders(tenant, row.number):
            await numbers.drop(tenant, goes_id, row.number)
        else:
            await tenant.execute(
                update(candidate_numbers)
                .where(of_goes, candidate_numbers.c.number == row.number)
                .values(candidate_id=stays_id)
            )
    await shared_numbers.inherit(tenant, goes_id, stays_id, actor_id=actor_id)


async def _move_rows(tenant: Tenant, stays_id: str, goes_id: str) -> None:
    for label in await labels.of_candidate(tenant, goes_id):
        await labels.take(tenant, label, [goes_id])
    for table in MOVED:
        await tenant.execute(
            update(table)
            .where(table.c.organisation_id == tenant.organisation_id, table.c.candidate_id == goes_id)
            .values(candidate_id=stays_id)
        )
    for table, column in ONCE:
        mine = select(column).where(table.c.organisation_id == tenant.organisation_id, table.c.candidate_id == stays_id)
        twice = and_(table.c.organisation_id == tenant.organisation_id, table.c.candidate_id == goes_id)
        await tenant.execute(delete(table).where(twice, column.in_(mine)))
        await tenant.execute(update(table).where(twice).values(candidate_id=stays_id))


async def _forget(tenant: Tenant, user: User, goes_id: str, goes: Profile, moved: Moved) -> None:
    """Keep where the old id leads, what was known under it, and what takes it back."""
    await tenant.execute(
        insert(merged_candidates).values(
            organisation_id=tenant.organisation_id,
            id=goes_id,
            candidate_id=moved.stays,
            user_id=user.id,
            facts=json.dumps(asdict(goes), ensure_ascii=False),
            moved=moved.words(),
        )
    )
    for table, column in ((candidate_documents, candidate_documents.c.candidate_id), (candidates, candidates.c.id)):
        await tenant.execute(delete(table).where(table.c.organisation_id == tenant.organisation_id, column == goes_id))
    await candidate_search.changed(tenant, moved.stays)


def _among(tenant: Tenant, *ids: str) -> ColumnElement[bool]:
    return and_(candidates.c.organisation_id == tenant.organisation_id, candidates.c.id.in_(ids))
