"""Texts that were taken for an opt-out wait here until somebody has read them: it was one, or it was none.

What was texted with the provider's own word never stands here: only the candidate can undo it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update

from inbox.accounts import users
from inbox.accounts.roles import Act as Right
from inbox.accounts.users import User
from inbox.candidates import consents
from inbox.errors import Changed
from inbox.languages import _
from inbox.messaging import conversations, notes, opt_outs
from inbox.messaging.acts import Act
from inbox.messaging.conversations import Conversation
from inbox.storage import events, notifications
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.sight import seen
from inbox.storage.tables import candidates
from inbox.storage.tables import conversations as conversation_rows
from inbox.storage.tables import opt_outs as table
from providers import phone

PAGE = 50


@dataclass(frozen=True, slots=True)
class Presumed:
    """A text that seems to ask for no more; `at` is UTC."""

    conversation_id: str
    candidate_id: str
    name: str
    number: str
    words: str
    at: datetime


async def ask(tenant: Tenant, conversation_id: str, message_id: str) -> None:
    """Tell who has the conversation and the company's admins that such a text came; last in its transaction."""
    conversation = await conversations.find(tenant.whole, conversation_id)
    whom = {admin.id for admin in await users.who_may(tenant, Right.SETTINGS, in_company=conversation.company_id)}
    whom |= {conversation.assignee_id} if conversation.assignee_id else set()
    await notifications.notify(
        tenant, whom, notifications.PRESUMED, conversation_id=conversation_id, message_id=message_id
    )


async def waiting(tenant: Tenant, *, after: datetime | None = None) -> tuple[Sequence[Presumed], datetime | None]:
    """Those nobody has decided about, oldest first; the moment to ask the next page with."""
    query = (
        select(
            table.c.keyword,
            table.c.at,
            table.c.number,
            conversation_rows.c.id,
            conversation_rows.c.candidate_id,
            conversations.named.label("name"),
        )
        .join(
            conversation_rows,
            and_(
                conversation_rows.c.organisation_id == table.c.organisation_id,
                conversation_rows.c.company_number_id == table.c.company_number_id,
                conversation_rows.c.candidate_number == table.c.number,
            ),
        )
        .join(
            candidates,
            and_(
                candidates.c.organisation_id == table.c.organisation_id,
                candidates.c.id == conversation_rows.c.candidate_id,
            ),
        )
        .where(table.c.organisation_id == tenant.organisation_id, table.c.presumed, *seen(tenant))
        .order_by(table.c.at)
        .limit(PAGE + 1)
    )
    if after is not None:
        query = query.where(table.c.at > after)
    rows = await tenant.fetch_all(query)
    return [_read(row) for row in rows[:PAGE]], rows[PAGE - 1].at if len(rows) > PAGE else None


async def confirm(tenant: Tenant, user: User, conversation_id: str) -> None:
    """It was an opt-out: from now on only the candidate's START opens the thread. Raises Changed, NotFound."""
    async with tenant.transaction():
        conversation = await _undecided(tenant, conversation_id)
        await tenant.execute(update(table).where(*_presumed_of(tenant, conversation)).values(presumed=False))
        await opt_outs.spread(tenant, conversation.candidate_number)
        await _tell(tenant, user, conversation, "confirmed")


async def clear(tenant: Tenant, user: User, conversation_id: str) -> None:
    """It was none: the candidate may be texted again. Raises Changed when it was decided since, NotFound."""
    async with tenant.transaction():
        conversation = await _undecided(tenant, conversation_id)
        number, words = conversation.candidate_number, "Read again: this was no opt-out"
        since = await tenant.fetch_val(select(table.c.at).where(*_presumed_of(tenant, conversation)))
        await tenant.execute(table.delete().where(*_presumed_of(tenant, conversation)))
        # It takes the refusal back and agrees to nothing: what stood before it stands again.
        given = await consents.given_before(tenant, number, since)
        await consents.record(tenant, number, source="review", words=words, author=user.name, given=given)
        await opt_outs.spread(tenant, conversation.candidate_number)
        await _tell(tenant, user, conversation, "cleared")


async def _undecided(tenant: Tenant, conversation_id: str) -> Conversation:
    """The conversation, held with those of the same number."""
    number = (await conversations.find(tenant, conversation_id)).candidate_number
    await opt_outs.hold(tenant, number)
    conversation = await conversations.find(tenant, conversation_id)
    if not conversation.opt_out_presumed:
        head = (await events.head(tenant)).seq
        name = conversation.first_name
        if conversation.opted_out_at:
            raise Changed(_("Somebody has decided this already: %(name)s is opted out.", name=name), seen=head)
        raise Changed(_("Somebody has decided this already: %(name)s may be texted.", name=name), seen=head)
    return conversation


def _presumed_of(tenant: Tenant, conversation: Conversation) -> tuple[Any, ...]:
    """Those of all company numbers: they block each other's conversations."""
    return (
        table.c.organisation_id == tenant.organisation_id,
        table.c.number == conversation.candidate_number,
        table.c.presumed,
    )


async def _tell(tenant: Tenant, user: User, conversation: Conversation, act: Act) -> None:
    note_id = new_id()
    reached = await opt_outs.hold(tenant, conversation.candidate_number)
    for other in reached:
        if other != conversation.id:
            await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=other, actor_id=user.id)
    seq = await events.record(
        tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation.id, message_id=note_id, actor_id=user.id
    )
    await notes.add_act(tenant, user, conversation.id, note_id=note_id, act=act, subject=None, seq=seq)
    for one in reached:
        await notifications.settle(tenant, notifications.PRESUMED, one)


def _read(row: Any) -> Presumed:
    return Presumed(
        conversation_id=row.id,
        candidate_id=row.candidate_id,
        name=row.name or phone.readable(row.number),
        number=row.number,
        words=row.keyword,
        at=row.at,
    )
