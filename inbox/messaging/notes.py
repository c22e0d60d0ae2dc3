"""Notes beside a thread: words that only colleagues read, and what they did with the conversation. Never sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from inbox.accounts.users import User
from inbox.errors import Invalid, too_long
from inbox.languages import _
from inbox.messaging import acts, conversations, mentions
from inbox.messaging.acts import Act
from inbox.messaging.mentions import Mention, Piece
from inbox.messaging.outbound import message_uuid
from inbox.messaging.places import place_of
from inbox.storage import events, notifications
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.sight import seen
from inbox.storage.tables import conversations as conversation_rows
from inbox.storage.tables import notes

MOST_CHARACTERS = 4000
MOST_AT_ONCE = 200
"""Of a page of a thread: more stand there only where colleagues talk and nobody texts."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a colleague wrote or did; `at` is UTC."""

    kind: ClassVar = "note"

    id: str
    conversation_id: str
    author_id: str | None
    author: str
    act: Act | None
    subject: str | None
    body: str
    seq: int
    at: datetime
    mentions: tuple[Mention, ...] = ()

    @property
    def pieces(self) -> Sequence[Piece]:
        """The words, cut where somebody is called by name."""
        return mentions.cut(self.body, self.mentions)

    @property
    def words(self) -> str:
        """An act as a sentence, the same for every reader."""
        return acts.words(self.act, self.author, self.subject) if self.act else self.body

    @property
    def until(self) -> datetime | None:
        """The moment (UTC) that ends the sentence; readers have clocks of their own."""
        return datetime.fromisoformat(self.subject) if self.act == "snoozed" and self.subject else None


async def write(
    tenant: Tenant, user: User, conversation_id: str, *, note_id: str, body: str, picked: Collection[str] = ()
) -> Note:
    """Keep a note; the same id again gives the same note. Raises Invalid (empty, too long), NotFound.

    Whom it calls stands in its words; the ids `picked` decide between colleagues of one name.
    """
    text, note_id = _text(body), message_uuid(note_id)
    conversation = await conversations.find(tenant, conversation_id)
    called = await mentions.read(
        tenant, text, picked, assignee_id=conversation.assignee_id, company_id=conversation.company_id
    )
    async with tenant.transaction():
        already = await by_ids(tenant, [note_id])
        if already:
            return _same(already[0], conversation.id, text)
        seq = await events.record(
            tenant, EventKind.NOTE_ADDED, conversation_id=conversation.id, message_id=note_id, actor_id=user.id
        )
        await _add(tenant, user, conversation.id, note_id=note_id, seq=seq, body=text)
        await mentions.add(tenant, note_id, called)
        await notifications.notify(
            tenant,
            {mention.user_id for mention in called},
            notifications.MENTIONED,
            conversation_id=conversation.id,
            message_id=note_id,
            actor_id=user.id,
        )
        return (await by_ids(tenant, [note_id]))[0]


async def add_act(
    tenant: Tenant, user: User | None, conversation_id: str, *, note_id: str, act: Act, subject: str | None, seq: int
) -> None:
    """What `user` did, None: the clock, as told by event `seq`; last in the transaction that did it."""
    await _add(tenant, user, conversation_id, note_id=note_id, seq=seq, act=act, subject=subject)


async def between(tenant: Tenant, conversation_id: str, *, start: str | None, end: str | None) -> Sequence[Note]:
    """The newest notes from the key `start` on and before the key `end`, oldest first; None leaves a side open.

    None are for a guest, who sees the texts alone.
    """
    if tenant.only_conversation is not None:
        return []
    query = _selected(tenant).where(notes.c.conversation_id == conversation_id)
    since, until = place_of(start), place_of(end)
    if since is not None:
        query = query.where(notes.c.at >= since[0])
    if until is not None:
        query = query.where(notes.c.at < until[0])
    rows = await tenant.fetch_all(query.order_by(notes.c.at.desc(), notes.c.id.desc()).limit(MOST_AT_ONCE))
    return await _shown(tenant, rows[::-1])


async def newest(tenant: Tenant, candidate_id: str, *, most: int) -> Sequence[Note]:
    """The newest words on a candidate, in whatever conversation, newest first; without what colleagues did."""
    theirs = select(conversation_rows.c.id).where(
        conversation_rows.c.organisation_id == tenant.organisation_id,
        conversation_rows.c.candidate_id == candidate_id,
        *seen(tenant),
    )
    query = _selected(tenant).where(notes.c.conversation_id.in_(theirs), notes.c.act.is_(None))
    rows = await tenant.fetch_all(query.order_by(notes.c.at.desc(), notes.c.id.desc()).limit(most))
    return await _shown(tenant, rows)


async def by_ids(tenant: Tenant, ids: Collection[str]) -> Sequence[Note]:
    """These notes, oldest first; ids that are not there are left out."""
    if not ids:
        return []
    rows = await tenant.fetch_all(_selected(tenant).where(notes.c.id.in_(sorted(ids))).order_by(notes.c.at, notes.c.id))
    return await _shown(tenant, rows)


async def _shown(tenant: Tenant, rows: Sequence[Any]) -> Sequence[Note]:
    """With whom they call; most call nobody, and then nothing is asked."""
    called = await mentions.by_notes(tenant, [row.id for row in rows if mentions.MARK in row.body])
    return [_note(row, called.get(row.id, ())) for row in rows]


def _text(body: str) -> str:
    text = body.strip()
    if not text:
        raise Invalid({"body": _("Write something first.")})
    if len(text) > MOST_CHARACTERS:
        raise Invalid({"body": too_long(len(text), MOST_CHARACTERS)})
    return text


def _same(already: Note, conversation_id: str, text: str) -> Note:
    if (already.conversation_id, already.body) != (conversation_id, text):
        raise Invalid({"id": _("This note was saved already, with other words. Reload the page to write a new one.")})
    return already


async def _add(
    tenant: Tenant, user: User | None, conversation_id: str, *, note_id: str, seq: int, **values: Any
) -> None:
    await tenant.execute(
        insert(notes)
        .values(
            organisation_id=tenant.organisation_id,
            id=note_id,
            conversation_id=conversation_id,
            author_id=user.id if user else None,
            author=user.name if user else "",
            seq=seq,
            **values,
        )
        .on_conflict_do_nothing()
    )


def _selected(tenant: Tenant) -> Select[Any]:
    return select(notes).where(notes.c.organisation_id == tenant.organisation_id)


def _note(row: Any, called: tuple[Mention, ...]) -> Note:
    return Note(
        id=row.id,
        conversation_id=row.conversation_id,
        author_id=row.author_id,
        author=row.author,
        act=row.act,
        subject=row.subject,
        body=row.body,
        seq=row.seq,
        at=row.at,
        mentions=called,
    )
