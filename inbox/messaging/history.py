"""Texts of before: kept with their own times, and nothing follows from them but an opt-out that still holds.

Nobody is notified, nobody waits for an answer, nothing is charged, no workflow begins and no chatbot answers. A batch
is one transaction with a few statements, as histories are long; open pages hear of the conversations once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, case, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new

from inbox.candidates import numbers, people, removing
from inbox.errors import NotFound
from inbox.messaging import keywords, lines, media, obeying, opening, searchable, withdrawing
from inbox.messaging.messages import HISTORY
from inbox.messaging.obeying import Obeyed
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage import events
from inbox.storage.columns import Id, db_moment, earlier, new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import company_numbers, conversations, messages, report_moves
from providers.contract import DeliveryStatus, IncomingSms, Media

AUTHOR = "Import"
"""Who wrote a text of ours of before: nobody here knows."""


@dataclass(frozen=True, slots=True)
class PastText:
    """A text of before, between a number of ours and a candidate's; times UTC."""

    direction: Literal["in", "out"]
    candidate_number: str
    body: str
    at: datetime
    status: DeliveryStatus
    segments: int
    provider_message_id: str | None = None
    error_code: int | None = None
    sent_at: datetime | None = None
    media: tuple[Media, ...] = ()
    name: str | None = None
    """What to call the candidate when nobody has the number."""
    id: str = field(default_factory=new_id)


async def open_all(tenant: Tenant, number: CompanyNumber, texts: Collection[PastText]) -> None:
    """Have a conversation with everybody in these texts, outside of a transaction, as each of them is one."""
    wanted = {text.candidate_number: text.name for text in texts}
    rows = await tenant.fetch_all(
        select(conversations.c.candidate_number).where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.company_number_id == number.id,
            conversations.c.candidate_number.in_(sorted(wanted)),
        )
    )
    for theirs in sorted(set(wanted) - {row.candidate_number for row in rows}):
        async with tenant.transaction():
            await opening.find_or_open(
                tenant,
                company_id=number.company_id,
                company_number_id=number.id,
                candidate_id=await _candidate(tenant, theirs, wanted[theirs]),
                candidate_number=theirs,
            )


async def keep(tenant: Tenant, number: CompanyNumber, texts: Sequence[PastText]) -> set[str]:
    """Store those that are not here yet; their ids. In a transaction, behind `open_all`.

    A text is here when its id or its provider's id is. Raises NotFound when a conversation has gone meanwhile.
    Locks are taken in one order everywhere: conversations by their ids, messages, jobs, balance, the event counter.
    """
    held = await _hold(tenant, number, texts)
    new = await _insert(tenant, number, texts, held)
    kept = sorted((text for text in texts if text.id in new), key=lambda text: (text.at, text.id))
    for conversation_id, theirs in _by_conversation(kept, held).items():
        await _move_top(tenant, conversation_id, theirs)
    for text in kept:
        await media.tell_of(tenant, held[text.candidate_number].id, text.id, text.media)
    obeyed = [await _obey(tenant, number, held[text.candidate_number].id, text) for text in reversed(kept)]
    for one in obeyed:
        if one.withdrawn is not None:
            await withdrawing.tell(tenant, one.withdrawn)
    await _tell(tenant, sorted(_by_conversation(kept, held)))
    return new


async def _candidate(tenant: Tenant, number: str, name: str | None) -> str:
    """Whoever has the number, else somebody new."""
    if name is None or await numbers.holder(tenant, number) is not None:
        return await people.by_number(tenant, number)
    made = await people.create(tenant, name=name, number=number)
    holder = await people.by_number(tenant, number)
    if holder != made:  # somebody got the number at this very moment
        await removing.remove(tenant, [made])
    return holder


async def _hold(tenant: Tenant, number: CompanyNumber, texts: Sequence[PastText]) -> Mapping[str, Any]:
    """Lock the conversations by the candidate's numbers, and those that an opt-out in these texts may reach."""
    theirs = {text.candidate_number for text in texts}
    says = {text.candidate_number for text in texts if _heard(number, text) is not None}
    ours = select(company_numbers.c.id).where(company_numbers.c.organisation_id == tenant.organisation_id)
    row = conversations.c
    rows = await tenant.fetch_all(
        select(row.id, row.company_id, row.company_number_id, row.candidate_number)
        .where(
            row.organisation_id == tenant.organisation_id,
            or_(
                and_(row.company_number_id == number.id, row.candidate_number.in_(sorted(theirs))),
                and_(row.company_number_id.in_(ours), row.candidate_number.in_(sorted(says))),
            ),
        )
        .order_by(row.id)
        .with_for_update()
    )
    held = {row.candidate_number: row for row in rows if row.company_number_id == number.id}
    if theirs - set(held):
        raise NotFound
    return held


async def _insert(
    tenant: Tenant, number: CompanyNumber, texts: Sequence[PastText], held: Mapping[str, Any]
) -> set[str]:
    if not texts:
        return set()
    rows = [
        {
            "organisation_id": tenant.organisation_id,
            "id": text.id,
            "conversation_id": held[text.candidate_number].id,
            "company_id": held[text.candidate_number].company_id,
            "direction": text.direction,
            "body": text.body,
            "author": AUTHOR if text.direction == "out" else None,
            "source": HISTORY if text.direction == "out" else "person",
            "status": text.status,
            "rank": text.status.rank,
            "error_code": text.error_code,
            "segments": text.segments,
            "media_count": len(text.media),
            "provider_account_id": number.provider_account_id,
            "provider_message_id": text.provider_message_id,
            "at": text.at,
            "sent_at": text.sent_at,
        }
        for text in texts
    ]
    added = insert_new(messages).values(rows).on_conflict_do_nothing().returning(messages.c.id)
    return {row.id for row in await tenant.fetch_all(added)}


def _by_conversation(texts: Sequence[PastText], held: Mapping[str, Any]) -> Mapping[str, list[PastText]]:
    found: dict[str, list[PastText]] = {}
    for text in texts:
        found.setdefault(held[text.candidate_number].id, []).append(text)
    return found


async def _move_top(tenant: Tenant, conversation_id: str, texts: Sequence[PastText]) -> None:
    """Have the list show the newest of these texts, oldest first here, where nothing newer was written."""
    first, last = texts[0], texts[-1]
    row = conversations.c
    is_newest = or_(row.last_message_at.is_(None), row.last_message_at < db_moment(last.at))
    top = {
        "last_message_at": db_moment(last.at),
        "last_message_id": literal(last.id, Id()),
        "last_text": lines.shown(media.shown(last.body, last.media)),
        "last_author": AUTHOR if last.direction == "out" else None,
    }
    shown = await tenant.fetch_one(
        update(conversations)
        .where(row.organisation_id == tenant.organisation_id, row.id == conversation_id)
        .values(
            first_message_at=earlier(row.first_message_at, db_moment(first.at)),
            **{name: case((is_newest, value), else_=row[name]) for name, value in top.items()},
        )
        .returning(row.last_message_at)
    )
    last_at = first.at if shown is None else shown.last_message_at
    words = [(conversation_id, media.shown(text.body, text.media), text.at, last_at) for text in texts]
    await searchable.kept(tenant, words)


async def _obey(tenant: Tenant, number: CompanyNumber, conversation_id: str, text: PastText) -> Obeyed:
    """What a word that still holds does; the newest is heard first, so that it is known to those before it."""
    sms = _sms(number, text)
    if sms is None or keywords.heard(sms) is None:
        return Obeyed()
    obeyed = await obeying.obey(tenant, conversation_id, number, sms, text.at, came_late=True, is_history=True)
    if obeyed.event is not None:
        mine = messages.c.organisation_id == tenant.organisation_id, messages.c.id == text.id
        await tenant.execute(update(messages).where(*mine).values(event=obeyed.event))
    return obeyed


async def _tell(tenant: Tenant, conversation_ids: Sequence[str]) -> None:
    """Reports count their days anew, open lists show them; last in the transaction."""
    if not conversation_ids:
        return
    moved = [
        {"organisation_id": tenant.organisation_id, "id": new_id(), "conversation_id": one} for one in conversation_ids
    ]
    await tenant.execute(insert(report_moves).values(moved))
    await events.record_many(tenant, EventKind.CONVERSATION_CHANGED, [(one, None) for one in conversation_ids])


def _heard(number: CompanyNumber, text: PastText) -> keywords.Heard | None:
    sms = _sms(number, text)
    return None if sms is None else keywords.heard(sms)


def _sms(number: CompanyNumber, text: PastText) -> IncomingSms | None:
    """As the provider would have told of it; None for a text of ours."""
    if text.direction == "out":
        return None
    return IncomingSms(
        provider_message_id=text.provider_message_id or "",
        account_id="",
        sender=text.candidate_number,
        recipient=number.number,
        body=text.body,
        segments=text.segments,
        media=text.media,
        opt_out=None,
        raw_body=None,
    )
