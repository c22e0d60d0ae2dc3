"""Pictures of texts that go out later: added as to any text, and kept with theirs until it is due."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import and_, bindparam, exists, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.messaging import media
from inbox.messaging.media import Media
from inbox.storage.columns import Id
from inbox.storage.database import Tenant
from inbox.storage.tables import message_media, scheduled_texts

_KEPT = (
    message_media.update()
    .where(
        message_media.c.organisation_id == bindparam("organisation"),
        message_media.c.id == bindparam("media", type_=Id()),
        message_media.c.message_id.is_(None),
    )
    .values(scheduled_text_id=bindparam("text", type_=Id()), position=bindparam("at_position"))
)


def waits() -> ColumnElement[bool]:
    """Which rows of `message_media` belong to a text that is scheduled."""
    return exists().where(
        scheduled_texts.c.organisation_id == message_media.c.organisation_id,
        scheduled_texts.c.id == message_media.c.scheduled_text_id,
    )


async def keep(tenant: Tenant, text_id: str, found: Sequence[Media]) -> None:
    """Keep these for a scheduled text, in their order; in the transaction that schedules it."""
    rows = [
        {"organisation": tenant.organisation_id, "media": one.id, "text": text_id, "at_position": position}
        for position, one in enumerate(found)
    ]
    if rows:
        await tenant.execute_many(_KEPT, rows)


async def of(tenant: Tenant, conversation_ids: Collection[str]) -> Mapping[str, tuple[Media, ...]]:
    """The pictures of the scheduled texts of these conversations, by text."""
    rows = await tenant.fetch_all(
        select(message_media)
        .where(
            message_media.c.organisation_id == tenant.organisation_id,
            message_media.c.conversation_id.in_(sorted(conversation_ids)),
            message_media.c.message_id.is_(None),
            message_media.c.scheduled_text_id.is_not(None),
        )
        .order_by(message_media.c.position, message_media.c.id)
    )
    carried: dict[str, tuple[Media, ...]] = {}
    for row in rows:
        carried[row.scheduled_text_id] = (*carried.get(row.scheduled_text_id, ()), media.media_of(row))
    return carried


async def take_out(tenant: Tenant, text_id: str, author_id: str, found: Sequence[Media]) -> list[str]:
    """Make them pictures that this user has added and not sent; their ids, in their order. For the text to carry."""
    if found:
        await tenant.execute(
            update(message_media)
            .where(
                and_(
                    message_media.c.organisation_id == tenant.organisation_id,
                    message_media.c.scheduled_text_id == text_id,
                    message_media.c.message_id.is_(None),
                )
            )
            .values(scheduled_text_id=None, author_id=author_id)
        )
    return [one.id for one in found]
