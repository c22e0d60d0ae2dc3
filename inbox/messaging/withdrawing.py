"""What is on its way to somebody who asked for no more texts is taken back, in the transaction that stores the wish.

Queued texts are canceled and cost nothing, scheduled ones stay for their authors to see, campaigns leave the candidate
out and workflows end. Only what a worker has in its hands at this moment may still arrive.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.billing import balance
from inbox.errors import NotFound
from inbox.languages import _, gathered, ngettext, stored
from inbox.messaging import act_lines, conversations, delivery, opt_outs
from inbox.messaging.conversations import Conversation
from inbox.messaging.scheduled_texts import STOPPED
from inbox.storage import events, notifications
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import (
    campaign_recipients,
    campaigns,
    messages,
    scheduled_texts,
    workflow_executions,
    workflows,
)
from inbox.storage.tables import conversations as conversation_rows
from providers.contract import DeliveryStatus
from providers.twilio.errors import OPTED_OUT_BEFORE


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was taken back, and the conversations that were looked through."""

    conversation: Conversation
    reached: tuple[str, ...]
    texts: tuple[Any, ...]
    scheduled: tuple[Any, ...]
    campaigns: tuple[str, ...]
    workflows: tuple[str, ...]

    @property
    def words(self) -> str:
        """All of it as a list; "" when nothing was under way."""
        texts, later = len(self.texts), len(self.scheduled)
        parts = [ngettext("%(num)s queued text", "%(num)s queued texts", texts)] if texts else []
        parts += [ngettext("%(num)s scheduled text", "%(num)s scheduled texts", later)] if later else []
        parts += [_("the campaign “%(name)s”", name=name) for name in self.campaigns]
        parts += [_("the workflow “%(name)s”", name=name) for name in self.workflows]
        if len(parts) < 2:
            return parts[0] if parts else ""
        return _("%(several)s and %(last)s", several=gathered(parts[:-1], ", "), last=parts[-1])


async def take_back(tenant: Tenant, conversation_id: str) -> Withdrawn:
    """Take back what is under way to a blocked number, before the balance and events of the transaction.

    Behind `opt_outs.hold` and `opt_outs.spread`; `tell` has to follow.
    """
    conversation = await conversations.find(tenant, conversation_id)
    reached = await _blocked_with(tenant, conversation.candidate_number)
    texts = await _cancel_texts(tenant, reached)
    scheduled = await _stop_scheduled(tenant, reached, _reason(conversation))
    await _count_failed(tenant, [*texts, *scheduled])
    left_out = await _leave_out(tenant, conversation)
    ended = await _end_workflows(tenant, conversation)
    for text in texts:
        await balance.give_back(tenant, text.id, text.segments)
    return Withdrawn(conversation, tuple(reached), tuple(texts), tuple(scheduled), tuple(left_out), tuple(ended))


async def tell(tenant: Tenant, withdrawn: Withdrawn) -> None:
    """Tell open threads and lists, the authors of scheduled texts, and later readers; last in the transaction."""
    for text in withdrawn.texts:
        await delivery.log(tenant, text.id, DeliveryStatus.CANCELED, OPTED_OUT_BEFORE, applied=True)
        kind = EventKind.CONVERSATION_CHANGED
        await events.record(tenant, kind, conversation_id=text.conversation_id, message_id=text.id)
    for conversation_id in withdrawn.reached:
        await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation_id)
    conversation = withdrawn.conversation
    if withdrawn.words:
        kind = EventKind.NOTE_ADDED
        await act_lines.tell(tenant, None, conversation.id, "withdrawn", withdrawn.words, kind=kind)
    for text in withdrawn.scheduled:
        words = gathered((_("Your scheduled text was not sent."), _reason(conversation)))
        await notifications.notify(tenant, [text.author_id], STOPPED, conversation_id=text.conversation_id, words=words)


async def carry_out(tenant: Tenant, conversation_id: str) -> None:
    """The same for an opt-out that the provider told of: first let it reach the other conversations."""
    try:
        number = (await conversations.find(tenant, conversation_id)).candidate_number
    except NotFound:
        return
    async with tenant.transaction():
        await opt_outs.hold(tenant, number)
        await opt_outs.spread(tenant, number)
        if (await conversations.find(tenant, conversation_id)).opted_out_at is not None:
            await tell(tenant, await take_back(tenant, conversation_id))


def _reason(conversation: Conversation) -> str:
    who = conversation.first_name
    presumed = _("%(name)s seems to ask for no more texts.", name=who)
    return presumed if conversation.opt_out_presumed else _("%(name)s opted out.", name=who)


def _why_ended(conversation: Conversation) -> str:
    """The same as the end of a sentence."""
    who = conversation.first_name
    presumed = _("%(name)s seems to ask for no more texts", name=who)
    return presumed if conversation.opt_out_presumed else _("%(name)s opted out", name=who)


async def _blocked_with(tenant: Tenant, number: str) -> list[str]:
    held = await opt_outs.hold(tenant, number)
    rows = await tenant.fetch_all(
        select(conversation_rows.c.id).where(
            conversation_rows.c.organisation_id == tenant.organisation_id,
            conversation_rows.c.id.in_(held),
            conversation_rows.c.opted_out_at.is_not(None),
        )
    )
    return sorted(row.id for row in rows)


async def _cancel_texts(tenant: Tenant, conversation_ids: Collection[str]) -> Sequence[Any]:
    canceled = DeliveryStatus.CANCELED
    return await tenant.fetch_all(
        update(messages)
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id.in_(conversation_ids),
            messages.c.status == DeliveryStatus.QUEUED,
            messages.c.direction == "out",
        )
        .values(status=canceled, rank=canceled.rank, error_code=OPTED_OUT_BEFORE, claim=None)
        .returning(messages.c.id, messages.c.conversation_id, messages.c.segments)
    )


async def _stop_scheduled(tenant: Tenant, conversation_ids: Collection[str], reason: str) -> Sequence[Any]:
    return await tenant.fetch_all(
        update(scheduled_texts)
        .where(
            scheduled_texts.c.organisation_id == tenant.organisation_id,
            scheduled_texts.c.conversation_id.in_(conversation_ids),
            scheduled_texts.c.stopped_at.is_(None),
        )
        .values(stopped_at=db_now(), reason=stored(reason))
        .returning(scheduled_texts.c.id, scheduled_texts.c.conversation_id, scheduled_texts.c.author_id)
    )


async def _count_failed(tenant: Tenant, stopped: Sequence[Any]) -> None:
    """They wait for a person's decision, as everything that failed does."""
    for conversation_id in sorted({one.conversation_id for one in stopped}):
        number = sum(one.conversation_id == conversation_id for one in stopped)
        failed = conversation_rows.c.failed + number
        await conversations.change(tenant, conversation_id, failed=failed, **conversations.AWAKE)


async def _leave_out(tenant: Tenant, conversation: Conversation) -> list[str]:
    """The names of the campaigns in which the candidate was still to be texted; the reason names nobody."""
    table = campaign_recipients
    why = _("Seems to ask for no more texts.") if conversation.opt_out_presumed else _("Opted out.")
    rows = await tenant.fetch_all(
        update(table)
        .where(*_of(tenant, table, conversation), table.c.state == "waiting")
        .values(state="refused", reason=stored(why))
        .returning(table.c.campaign_id)
    )
    return await _names(tenant, campaigns, {row.campaign_id for row in rows})


async def _end_workflows(tenant: Tenant, conversation: Conversation) -> list[str]:
    """The names of the workflows that end: those that step aside for it, which is the rule."""
    table = workflow_executions
    ended = {"state": "stopped", "reason": stored(_why_ended(conversation)), "cause": "opt_out"}
    rows = await tenant.fetch_all(
        update(table)
        .where(
            *_of(tenant, table, conversation),
            table.c.state.in_(["running", "waiting"]),
            table.c.asides.contains("opt_out"),
        )
        .values(**ended, due_at=None, ended_at=db_now())
        .returning(table.c.workflow_id)
    )
    return await _names(tenant, workflows, {row.workflow_id for row in rows})


def _of(tenant: Tenant, table: Any, conversation: Conversation) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.organisation_id == tenant.organisation_id,
        table.c.candidate_id == conversation.candidate_id,
    )


async def _names(tenant: Tenant, table: Any, ids: Collection[str]) -> list[str]:
    if not ids:
        return []
    rows = await tenant.fetch_all(
        select(table.c.name).where(table.c.organisation_id == tenant.organisation_id, table.c.id.in_(sorted(ids)))
    )
    return sorted(row.name for row in rows)
