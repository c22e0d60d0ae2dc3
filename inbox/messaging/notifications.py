"""What a user has been notified of: newest first, how many are unread, and marking them read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal_column, or_, select, tuple_

from inbox.accounts.users import User
from inbox.errors import NotFound
from inbox.languages import _, known, ngettext
from inbox.messaging.conversations import named
from inbox.messaging.places import key_of, place_of
from inbox.storage import notifications as stored
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.sight import in_seen
from inbox.storage.tables import candidates, conversations, notes, users
from inbox.storage.tables import notifications as table
from providers import phone

PAGE = 40
MOST_COUNTED = 100

_UNREAD = table.c.read_at.is_(None)


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that one user is to look at; `at` is UTC."""

    id: str
    user_id: str
    kind: str
    conversation_id: str | None
    message_id: str | None
    """Of the message or note that it is about."""
    actor: str | None
    candidate: str | None
    note: str
    """What a colleague wrote, where that is what it is about."""
    number: int
    words: str
    address: str
    at: datetime
    is_read: bool

    @property
    def sentence(self) -> str:
        """What happened."""
        who = self.actor or _("Somebody")
        match self.kind:
            case stored.MENTIONED:
                return _("%(name)s mentioned you in a note.", name=who)
            case stored.ASSIGNED:
                return _("%(name)s assigned a conversation to you.", name=who)
            case stored.HANDED_OVER:
                return ngettext(
                    "%(name)s handed over a conversation to you.",
                    "%(name)s handed over %(num)s conversations to you.",
                    self.number,
                    name=who,
                )
            case stored.PRESUMED:
                return _("A text seems to ask for no more. Read it and decide: nobody can text here until then.")
        return known(self.words)

    @property
    def place(self) -> str:
        """The page it leads to, at the line that it is about."""
        if self.conversation_id is None:
            return self.address or "/inbox"
        line = f"&m={self.message_id}#msg-{self.message_id}" if self.message_id else ""
        return f"/inbox/c/{self.conversation_id}?tab=shared{line}"

    @property
    def key(self) -> str:
        """Its place among all."""
        return key_of(self.at, self.id)


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """One page, newest first; `more` is the key of the next page, None on the last."""

    rows: tuple[Notification, ...]
    more: str | None


async def page(tenant: Tenant, user: User, *, before: str | None = None, unread: bool = False) -> NotificationPage:
    """The newest notifications of a user, or those before the key `before`; with `unread` only those."""
    query = _selected(tenant).where(table.c.user_id == user.id).order_by(table.c.at.desc(), table.c.id.desc())
    if unread:
        query = query.where(_UNREAD)
    place = place_of(before)
    if place is not None:
        query = query.where(tuple_(table.c.at, table.c.id) < place)
    rows = [_notification(row) for row in await tenant.fetch_all(query.limit(PAGE + 1))]
    return NotificationPage(tuple(rows[:PAGE]), rows[PAGE - 1].key if len(rows) > PAGE else None)


async def by_ids(tenant: Tenant, ids: Collection[str]) -> Sequence[Notification]:
    """These notifications, of whomever, oldest first; ids that are not there are left out."""
    if not ids:
        return []
    query = _selected(tenant).where(table.c.id.in_(sorted(ids))).order_by(table.c.at, table.c.id)
    return [_notification(row) for row in await tenant.fetch_all(query)]


async def find(tenant: Tenant, user: User, notification_id: str) -> Notification:
    """The user's notification of this id; raises NotFound."""
    found = [one for one in await by_ids(tenant, [notification_id]) if one.user_id == user.id]
    if not found:
        raise NotFound
    return found[0]


async def read(tenant: Tenant, user: User, notification_id: str) -> None:
    """One of them is read."""
    await _mark_read(tenant, user, table.c.id == notification_id)


async def read_all(tenant: Tenant, user: User, *, upto: str) -> None:
    """All of them are read, up to the one with the key `upto`: what came after nobody has seen."""
    place = place_of(upto)
    if place is not None:
        await _mark_read(tenant, user, tuple_(table.c.at, table.c.id) <= place)


async def read_in(tenant: Tenant, user: User, conversation_id: str) -> None:
    """Those about a conversation are read: the user looks at it."""
    await _mark_read(tenant, user, table.c.conversation_id == conversation_id)


async def unread(tenant: Tenant, user_ids: Collection[str]) -> Mapping[str, int]:
    """How many unread ones each of these users has, up to 100: one statement."""
    if not user_ids:
        return {}
    asked = sorted(user_ids)
    columns = [unread_of(tenant, user_id).label(f"u{place}") for place, user_id in enumerate(asked)]
    row = await tenant.fetch_one(select(*columns))
    return {user_id: row[f"u{place}"] if row else 0 for place, user_id in enumerate(asked)}


def unread_of(tenant: Tenant, user_id: str) -> ScalarSelect[int]:
    """How many unread ones a user has, up to 100, as a part of a statement."""
    found: Select[Any] = (
        select(literal_column("1"))
        .select_from(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.user_id == user_id, _UNREAD, *_seen(tenant))
        .limit(MOST_COUNTED)
    )
    return select(func.count()).select_from(found.subquery()).scalar_subquery()


async def _mark_read(tenant: Tenant, user: User, which: ColumnElement[bool]) -> None:
    async with tenant.transaction():
        rows = await tenant.fetch_all(
            table.update()
            .where(table.c.organisation_id == tenant.organisation_id, table.c.user_id == user.id, _UNREAD, which)
            .values(read_at=db_now())
            .returning(table.c.id)
        )
        if rows:
            await stored.tell(tenant, user.id)


def _selected(tenant: Tenant) -> Select[Any]:
    return (
        select(
            table,
            users.c.name.label("actor"),
            named.label("candidate"),
            conversations.c.candidate_number,
            notes.c.body.label("note"),
        )
        .outerjoin(users, _same(users.c, table.c.actor_id))
        .outerjoin(conversations, _same(conversations.c, table.c.conversation_id))
        .outerjoin(
            candidates,
            and_(
                candidates.c.organisation_id == conversations.c.organisation_id,
                candidates.c.id == conversations.c.candidate_id,
            ),
        )
        .outerjoin(notes, _same(notes.c, table.c.message_id))
        .where(table.c.organisation_id == tenant.organisation_id, *_seen(tenant))
    )


def _seen(tenant: Tenant) -> list[ColumnElement[bool]]:
    """Not those of a conversation that may not be seen, or not any more."""
    return [or_(table.c.conversation_id.is_(None), one) for one in in_seen(tenant, table.c.conversation_id)]


def _same(columns: Any, reference: Any) -> ColumnElement[bool]:
    return and_(columns.organisation_id == table.c.organisation_id, columns.id == reference)


def _notification(row: Any) -> Notification:
    number = row.candidate_number
    return Notification(
        id=row.id,
        user_id=row.user_id,
        kind=row.kind,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        actor=row.actor,
        candidate=row.candidate or (phone.readable(number) if number else None),
        note=row.note or "",
        number=row.number,
        words=row.words,
        address=row.address,
        at=row.at,
        is_read=row.read_at is not None,
    )
