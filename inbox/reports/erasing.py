"""Removes what is personal of a candidate: name, numbers, texts, pictures, notes. Figures and bills stay.

One transaction, which locks the conversations, then the candidate. What Twilio has is deleted by a job after it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update

from inbox.automation import workflow_endings
from inbox.candidates import labels, numbers, searchable
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import erased_numbers, kept_stops
from inbox.reports import emptying, erasures, exports, searches
from inbox.reports.erasures import Cause, Erasure
from inbox.storage import events
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import (
    campaign_recipients,
    candidate_import_rows,
    candidate_links,
    candidate_numbers,
    candidates,
    consents,
    conversations,
    dead_numbers,
    embed_sessions,
    history_import_rows,
    idempotency_keys,
    label_change_members,
    merged_candidates,
    message_media,
    messages,
    notes,
    notifications,
    scheduled_texts,
    workflow_triggers,
)
from inbox.storage.tables import workflow_executions as executions
from providers import phone


@dataclass(frozen=True, slots=True)
class Extent:
    """What there is to remove: texts, pictures and files, notes, and texts for later."""

    texts: int
    files: int
    notes: int
    scheduled: int


async def erase(tenant: Tenant, candidate_id: str, *, actor: str, cause: Cause = "request") -> Erasure:
    """Remove everything personal and say what it was. Whoever is erased already is looked through once more.

    Raises NotFound, and Refused while there is a hold or a text is being sent at this moment.
    """
    async with tenant.transaction():
        theirs = await _conversations(tenant, candidate_id)
        candidate = await _candidate(tenant, candidate_id)
        if candidate.hold is not None:
            raise Refused(_("Nothing of this candidate may be removed: %(why)s", why=candidate.hold))
        own = await _own_numbers(tenant, candidate_id)
        ids = [row.id for row in theirs]
        emptied = await emptying.empty(tenant, ids)
        own |= {row.candidate_number for row in theirs if row.erased_at is None}
        await kept_stops.keep(tenant, own)
        await _forget_numbers(tenant, own)
        await searches.forget(tenant, candidate.name, candidate.email, own)
        await _forget_work(tenant, candidate_id)
        await _forget_profile(tenant, candidate_id)
        await _forget_answers(tenant, [candidate_id, *ids])
        await exports.forget(tenant, candidate_id)
        done = await erasures.record(tenant, candidate_id, emptied, actor=actor, cause=cause)
        await erased_numbers.note(tenant, own, done.id)
        for conversation_id in ids:
            await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation_id)
    return done


async def extent(tenant: Tenant, candidate_id: str) -> Extent:
    """How much there is of a candidate."""
    theirs = select(conversations.c.id).where(
        conversations.c.organisation_id == tenant.organisation_id, conversations.c.candidate_id == candidate_id
    )

    def number(table: Any, *which: Any) -> Any:
        of_theirs = table.c.organisation_id == tenant.organisation_id, table.c.conversation_id.in_(theirs)
        return select(func.count()).select_from(table).where(*of_theirs, *which).scalar_subquery()

    row: Any = await tenant.fetch_one(
        select(
            number(messages).label("texts"),
            number(message_media).label("files"),
            number(notes, notes.c.act.is_(None)).label("notes"),
            number(scheduled_texts).label("scheduled"),
        )
    )
    return Extent(row.texts, row.files, row.notes, row.scheduled)


async def _conversations(tenant: Tenant, candidate_id: str) -> Sequence[Any]:
    return await tenant.fetch_all(
        select(conversations.c.id, conversations.c.candidate_number, conversations.c.erased_at)
        .where(conversations.c.organisation_id == tenant.organisation_id, conversations.c.candidate_id == candidate_id)
        .order_by(conversations.c.id)
        .with_for_update()
    )


async def _candidate(tenant: Tenant, candidate_id: str) -> Any:
    row = await tenant.fetch_one(
        select(candidates)
        .where(candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound
    return row


async def _own_numbers(tenant: Tenant, candidate_id: str) -> set[str]:
    """The candidate's numbers, which are nobody else's: whose the texts are could not be told. Raises Refused."""
    rows = await tenant.fetch_all(
        select(candidate_numbers.c.number).where(
            candidate_numbers.c.organisation_id == tenant.organisation_id,
            candidate_numbers.c.candidate_id == candidate_id,
        )
    )
    for row in rows:
        if await numbers.holders(tenant, row.number) != [candidate_id]:
            raise Refused(
                _(
                    "Somebody else has %(number)s as well, and their texts stand together."
                    " Take the number from one of them first.",
                    number=phone.readable(row.number),
                )
            )
    return {row.number for row in rows}


async def _forget_numbers(tenant: Tenant, own: Collection[str]) -> None:
    """What is known of the numbers themselves."""
    for table in (consents, dead_numbers, history_import_rows):
        await tenant.execute(
            delete(table).where(table.c.organisation_id == tenant.organisation_id, table.c.number.in_(sorted(own)))
        )


async def _forget_work(tenant: Tenant, candidate_id: str) -> None:
    """What runs for them ends, and they are in no list."""
    running = await tenant.fetch_all(
        select(executions.c.id).where(
            executions.c.organisation_id == tenant.organisation_id,
            executions.c.candidate_id == candidate_id,
            executions.c.state.in_(["running", "waiting"]),
        )
    )
    for row in running:
        await workflow_endings.stop(tenant, row.id, _("the candidate was removed"), "by_hand")
    await tenant.execute(
        update(executions)
        .where(executions.c.organisation_id == tenant.organisation_id, executions.c.candidate_id == candidate_id)
        .values(reason="")
    )
    # What is left out has a code; sentences of earlier versions have the name in them.
    await tenant.execute(
        update(campaign_recipients)
        .where(
            campaign_recipients.c.organisation_id == tenant.organisation_id,
            campaign_recipients.c.candidate_id == candidate_id,
            campaign_recipients.c.state != "skipped",
            campaign_recipients.c.reason.is_not(None),
        )
        .values(reason=_("This candidate was removed."))
    )
    await tenant.execute(
        delete(notifications).where(
            notifications.c.organisation_id == tenant.organisation_id,
            notifications.c.address == f"/candidates/{candidate_id}",
        )
    )
    for label in await labels.of_candidate(tenant, candidate_id):
        await labels.take(tenant, label, [candidate_id])
    for table in (candidate_numbers, label_change_members, candidate_links, embed_sessions, workflow_triggers):
        await tenant.execute(
            delete(table).where(table.c.organisation_id == tenant.organisation_id, table.c.candidate_id == candidate_id)
        )
    await tenant.execute(
        update(merged_candidates)
        .where(
            merged_candidates.c.organisation_id == tenant.organisation_id,
            merged_candidates.c.candidate_id == candidate_id,
        )
        .values(facts="{}", moved="")
    )
    await tenant.execute(
        update(candidate_import_rows)
        .where(
            candidate_import_rows.c.organisation_id == tenant.organisation_id,
            candidate_import_rows.c.candidate_id == candidate_id,
        )
        .values(cells="[]", profile=None, sentence=None)
    )


async def _forget_profile(tenant: Tenant, candidate_id: str) -> None:
    nothing = dict.fromkeys(("email", "stage", "job", "city", "consent", "owner_id"))
    await tenant.execute(
        update(candidates)
        .where(candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id)
        .values(name=searches.NAME, sort_name=searches.NAME.casefold(), erased_at=db_now(), **nothing)
    )
    await searchable.changed(tenant, candidate_id)


async def _forget_answers(tenant: Tenant, ids: Sequence[str]) -> None:
    """What programs were answered about them, and would be told again."""
    for one in ids:
        await tenant.execute(
            delete(idempotency_keys).where(
                idempotency_keys.c.organisation_id == tenant.organisation_id, idempotency_keys.c.answer.contains(one)
            )
        )
