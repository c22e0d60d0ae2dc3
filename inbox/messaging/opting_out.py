"""Opt-outs as a list, and one that a colleague or another system writes down, as somebody said so on the phone.

Nobody but the candidate undoes one, with their own START. Only what was presumed can be cleared, see reviewing.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from inbox.accounts.users import User
from inbox.candidates import consents
from inbox.errors import Refused
from inbox.languages import _
from inbox.messaging import conversations, notes, opt_outs, reviewing, withdrawing
from inbox.messaging.conversations import Conversation
from inbox.messaging.places import key_of, place_of
from inbox.storage import events
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.sight import seen
from inbox.storage.tables import candidates, company_numbers
from inbox.storage.tables import conversations as rows
from inbox.storage.tables import opt_outs as table

PAGE = 50


@dataclass(frozen=True, slots=True)
class OptOut:
    """Two numbers between which no text may go out, in the conversation that shows it; `at` is UTC."""

    conversation_id: str
    candidate_id: str | None
    """None where several share the number and nobody has said who it is."""
    kept_with: str
    """The candidate whose conversation it is kept as meanwhile: what is written of it goes when they are erased."""
    name: str | None
    """None where the candidate has none, or nobody has said who it is."""
    number: str
    company_number: str
    presumed: bool
    words: str
    """What was texted, or written down; a number is the provider's code."""
    at: datetime


async def page(
    tenant: Tenant,
    *,
    number: str | None = None,
    presumed: bool | None = None,
    before: str | None = None,
    most: int = PAGE,
) -> tuple[Sequence[OptOut], str | None]:
    """The newest, of one number (E.164) or of one kind, or those before a key; the key to ask the next page with."""
    query = _listed(tenant)
    if number is not None:
        query = query.where(table.c.number == number)
    if presumed is not None:
        query = query.where(table.c.presumed.is_(presumed))
    place = place_of(before)
    if place is not None:
        at, conversation_id = place
        query = query.where(or_(table.c.at < at, and_(table.c.at == at, rows.c.id < conversation_id)))
    found = await tenant.fetch_all(query.order_by(table.c.at.desc(), rows.c.id.desc()).limit(most + 1))
    shown = [_read(row) for row in found[:most]]
    last = shown[-1] if len(found) > most else None
    return shown, key_of(last.at, last.conversation_id) if last else None


async def write_down(tenant: Tenant, user: User, conversation_id: str, *, words: str) -> bool:
    """Nobody may text this candidate any more; False when that is so already. A presumed opt-out becomes certain.

    Whatever is under way is taken back in the same transaction. Raises NotFound.
    """
    number = (await conversations.find(tenant, conversation_id)).candidate_number
    async with tenant.transaction():
        await opt_outs.hold(tenant, number)
        conversation = await conversations.find(tenant, conversation_id)
        if conversation.opt_out_presumed:
            await reviewing.confirm(tenant, user, conversation_id)
            return True
        if conversation.opted_out_at is not None:
            return False
        await _note_stop(tenant, user, conversation, words)
    return True


async def lift(tenant: Tenant, user: User, conversation_id: str) -> None:
    """Clear one that was presumed. Raises Refused for a certain one, and where there is none; Changed, NotFound."""
    conversation = await conversations.find(tenant, conversation_id)
    if conversation.opted_out_at is None:
        raise Refused(_("Nobody has opted out here."))
    if not conversation.opt_out_presumed:
        raise Refused(_("Only the candidate can undo this, by texting START."))
    await reviewing.clear(tenant, user, conversation_id)


async def _note_stop(tenant: Tenant, user: User, conversation: Conversation, words: str) -> None:
    number, note_id = conversation.candidate_number, new_id()
    await consents.record(tenant, number, source="record", words=words, author=user.name, given=False)
    await opt_outs.note_stop(tenant, conversation.id, conversation.company_number_id, number, word=words)
    await opt_outs.spread(tenant, number)
    withdrawn = await withdrawing.take_back(tenant, conversation.id)
    seq = await events.record(
        tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation.id, message_id=note_id, actor_id=user.id
    )
    await notes.add_act(tenant, user, conversation.id, note_id=note_id, act="opted_out", subject=None, seq=seq)
    await withdrawing.tell(tenant, withdrawn)


def _listed(tenant: Tenant) -> Select[Any]:
    return (
        select(
            table,
            rows.c.id,
            rows.c.candidate_id,
            rows.c.undecided,
            conversations.named.label("name"),
            company_numbers.c.number.label("company_number"),
        )
        .join(
            rows,
            and_(
                rows.c.organisation_id == table.c.organisation_id,
                rows.c.company_number_id == table.c.company_number_id,
                rows.c.candidate_number == table.c.number,
            ),
        )
        .join(
            company_numbers,
            and_(
                company_numbers.c.organisation_id == table.c.organisation_id,
                company_numbers.c.id == table.c.company_number_id,
            ),
        )
        .join(
            candidates,
            and_(candidates.c.organisation_id == rows.c.organisation_id, candidates.c.id == rows.c.candidate_id),
        )
        .where(table.c.organisation_id == tenant.organisation_id, *seen(tenant))
    )


def _read(row: Any) -> OptOut:
    return OptOut(
        conversation_id=row.id,
        candidate_id=None if row.undecided else row.candidate_id,
        kept_with=row.candidate_id,
        name=row.name,
        number=row.number,
        company_number=row.company_number,
        presumed=bool(row.presumed),
        words=row.keyword,
        at=row.at,
    )
