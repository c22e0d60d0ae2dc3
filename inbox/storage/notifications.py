"""Notifications: what one user is to look at, kept in the transaction that causes it.

Any part may give some: the kinds that `messaging/notifications.py` has words for, and others with words of their own.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, insert, select, update

from inbox.languages import stored
from inbox.storage import events, jobs
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import notifications, users

MENTIONED = "mentioned"
ASSIGNED = "assigned"
HANDED_OVER = "handed_over"
PRESUMED = "presumed"
_MAILED = frozenset({MENTIONED, ASSIGNED, HANDED_OVER, PRESUMED})

MAIL_UNREAD = "mail_unread"
"""The kind of the job that mails a notification, if it is unread by then."""
UNREAD_SECONDS = 300.0
KEPT_DAYS = 90
_MOST_PRUNED_AT_ONCE = 5_000


async def notify(
    tenant: Tenant,
    user_ids: Collection[str],
    kind: str,
    *,
    conversation_id: str | None = None,
    message_id: str | None = None,
    actor_id: str | None = None,
    number: int = 1,
    words: str = "",
    address: str = "",
) -> Sequence[str]:
    """Notify these users, but for `actor_id`, who did it himself; the ids of what they were given.

    `message_id` is the message or note to open. A kind without words of its own needs `words`, a sentence that is
    shown as it is, and may name the page it leads to, as an `address` on this host. Last in the transaction, after
    the event of what caused it.
    """
    given = []
    for user_id in sorted(set(user_ids) - {actor_id}):
        notification_id = new_id()
        await tenant.execute(
            insert(notifications).values(
                organisation_id=tenant.organisation_id,
                id=notification_id,
                user_id=user_id,
                kind=kind,
                conversation_id=conversation_id,
                message_id=message_id,
                actor_id=actor_id,
                number=number,
                words=stored(words),
                address=address,
            )
        )
        await tell(tenant, user_id, notification_id)
        given.append((user_id, notification_id))
    if kind in _MAILED:
        await _promise_mails(tenant, dict(given))
    return [notification_id for _, notification_id in given]


async def _promise_mails(tenant: Tenant, given: Mapping[str, str]) -> None:
    """A job each for those of these users, and their notifications, who want mail."""
    wanted = await tenant.fetch_all(
        select(users.c.id).where(
            users.c.organisation_id == tenant.organisation_id, users.c.id.in_(sorted(given)), users.c.mails
        )
    )
    for row in wanted:
        await jobs.enqueue(tenant, MAIL_UNREAD, given[row["id"]], delay_seconds=UNREAD_SECONDS)


async def tell(tenant: Tenant, user_id: str, notification_id: str | None = None) -> None:
    """Have the open pages of a user show how many are unread, and which one is new; last in the transaction."""
    await events.record(tenant, EventKind.NOTIFICATIONS_CHANGED, message_id=notification_id, user_id=user_id)


async def settle(tenant: Tenant, kind: str, conversation_id: str) -> None:
    """Those of this kind about a conversation are read by everybody: somebody has seen to it."""
    rows = await tenant.fetch_all(
        update(notifications)
        .where(
            notifications.c.organisation_id == tenant.organisation_id,
            # Of each user by the index of the unread ones: there is none by conversation.
            notifications.c.user_id.in_(select(users.c.id).where(users.c.organisation_id == tenant.organisation_id)),
            notifications.c.conversation_id == conversation_id,
            notifications.c.kind == kind,
            notifications.c.read_at.is_(None),
        )
        .values(read_at=db_now())
        .returning(notifications.c.user_id)
    )
    for user_id in sorted({row.user_id for row in rows}):
        await tell(tenant, user_id)


async def add_number(tenant: Tenant, notification_id: str, more: int) -> None:
    """What a notification tells of has become more by so many."""
    await tenant.execute(
        update(notifications)
        .where(notifications.c.organisation_id == tenant.organisation_id, notifications.c.id == notification_id)
        .values(number=notifications.c.number + more)
    )


async def prune(database: Database, *, keep_days: int = KEPT_DAYS) -> None:
    """Forget notifications older than so many days, read or not."""
    table = notifications
    old = select(table.c.id).where(table.c.at < db_later(-86_400 * keep_days)).limit(_MOST_PRUNED_AT_ONCE)
    while await database.fetch_all(delete(table).where(table.c.id.in_(old)).returning(table.c.id)):
        # Small steps, so that on SQLite other writers get their turn in between.
        continue
