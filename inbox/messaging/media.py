"""Pictures and files of messages: one row each from the moment that a message tells of it, its bytes apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import and_, bindparam, insert, select

from inbox.errors import NotFound
from inbox.languages import _
from inbox.messaging.media_kinds import ENDINGS, Kind, kind_of, storable_type
from inbox.messaging.messages import Message
from inbox.messaging.pictures import Picture
from inbox.messaging.unfit import Reason
from inbox.storage import jobs
from inbox.storage.columns import Id, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import media_contents, message_media, messages
from providers import contract
from providers.contract import DeliveryStatus

FETCH = "fetch-media"
Form = Literal["whole", "thumbnail"]


class MediaState(StrEnum):
    """How far it has come; of these only the first changes."""

    WAITING = "waiting"
    """To be fetched from the provider."""
    KEPT = "kept"
    REFUSED = "refused"
    GONE = "gone"
    """The provider does not have it any more."""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or file; `size` in bytes, `width` and `height` in pixels, of a picture that is kept."""

    id: str
    conversation_id: str
    message_id: str | None
    position: int
    state: MediaState
    reason: Reason | None
    kind: Kind
    content_type: str
    """As it is kept; until then as the provider declared it."""
    size: int
    width: int
    height: int

    @property
    def name(self) -> str:
        """What its file is called when it is saved: "picture-1.jpg"."""
        return f"{self.kind}-{self.position + 1}.{ENDINGS.get(self.content_type, 'bin')}"

    @property
    def sentence(self) -> str | None:
        """Why there is nothing to see; None while there is, or may be soon."""
        if self.state is MediaState.GONE:
            return _("Twilio does not have this file any more. Ask for it again.")
        return self.reason.sentence if self.reason else None


async def tell_of(tenant: Tenant, conversation_id: str, message_id: str, told: Sequence[contract.Media]) -> None:
    """Keep what a message that came in carries, each with the job that will fetch it; in the message's transaction."""
    if not told:
        return
    rows = [
        {
            "organisation_id": tenant.organisation_id,
            "id": new_id(),
            "conversation_id": conversation_id,
            "message_id": message_id,
            "position": position,
            "url": one.url,
            "declared_type": storable_type(one.content_type),
        }
        for position, one in enumerate(told)
    ]
    await tenant.execute_many(insert(message_media), rows)
    for row in rows:
        await jobs.enqueue(tenant, FETCH, str(row["id"]))


async def of_messages(tenant: Tenant, found: Iterable[Message]) -> Mapping[str, tuple[Media, ...]]:
    """What these messages carry, by message; asks nothing when none carries anything."""
    ids = sorted({message.id for message in found if message.media_count})
    if not ids:
        return {}
    rows = await tenant.fetch_all(
        select(message_media)
        .where(message_media.c.organisation_id == tenant.organisation_id, message_media.c.message_id.in_(ids))
        .order_by(message_media.c.message_id, message_media.c.position)
    )
    carried: dict[str, tuple[Media, ...]] = {}
    for row in rows:
        carried[row.message_id] = (*carried.get(row.message_id, ()), media_of(row))
    return carried


async def find(tenant: Tenant, conversation_id: str, media_id: str) -> Media:
    """The picture or file of a conversation; raises NotFound."""
    row = await tenant.fetch_one(
        select(message_media).where(is_media(tenant, media_id), message_media.c.conversation_id == conversation_id)
    )
    if row is None:
        raise NotFound
    return media_of(row)


async def content(tenant: Tenant, media_id: str, form: Form) -> bytes:
    """The bytes; raises NotFound when there are none of this form."""
    found: bytes | None = await tenant.fetch_val(
        select(media_contents.c.content).where(
            media_contents.c.organisation_id == tenant.organisation_id,
            media_contents.c.media_id == media_id,
            media_contents.c.form == form,
        )
    )
    if found is None:
        raise NotFound
    return bytes(found)


_ON_ITS_WAY = [
    *(DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN, DeliveryStatus.UNCONFIRMED),
    *(DeliveryStatus.ACCEPTED, DeliveryStatus.SENDING),
]


async def on_its_way(tenant: Tenant, media_id: str) -> Media:
    """A picture of a text of ours that is being sent; raises NotFound before and after that, and for all others."""
    row = await tenant.fetch_one(
        select(message_media)
        .join(
            messages,
            and_(
                messages.c.organisation_id == message_media.c.organisation_id,
                messages.c.id == message_media.c.message_id,
            ),
        )
        .where(is_media(tenant, media_id), messages.c.direction == "out", messages.c.status.in_(_ON_ITS_WAY))
    )
    if row is None:
        raise NotFound
    return media_of(row)


async def keep(tenant: Tenant, media_id: str, contents: Mapping[Form, bytes]) -> None:
    """Store the bytes of a row; in the transaction that says that it is kept."""
    rows = [
        {"organisation_id": tenant.organisation_id, "media_id": media_id, "form": form, "content": content}
        for form, content in contents.items()
    ]
    await tenant.execute_many(insert(media_contents), rows)


def kept_as(picture: Picture) -> dict[str, Any]:
    """The columns of a picture that is kept."""
    return {
        "state": MediaState.KEPT,
        "content_type": picture.content_type,
        "size": len(picture.whole),
        "width": picture.width,
        "height": picture.height,
    }


def is_media(tenant: Tenant, media_id: str) -> Any:
    """The condition that finds one of the organisation."""
    return and_(message_media.c.organisation_id == tenant.organisation_id, message_media.c.id == media_id)


def words(kinds: Sequence[Kind]) -> str:
    """What stands for a message that carries these and has no words: "Picture", "2 pictures", "3 files"."""
    kind = kinds[0] if len(set(kinds)) == 1 else "file"
    return kind.capitalize() if len(kinds) == 1 else f"{len(kinds)} {kind}s"


def told_words(told: Sequence[contract.Media]) -> str:
    """The same for what a provider tells of."""
    return words([kind_of(one.content_type) for one in told])


def shown(body: str, told: Sequence[contract.Media]) -> str:
    """What stands for a text in the list, also when it has no words."""
    return body.strip() or (told_words(told) if told else "(empty message)")


def media_of(row: Any) -> Media:
    """A row with all columns of the table."""
    kept_type = row.content_type or row.declared_type
    return Media(
        id=row.id,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        position=row.position,
        state=MediaState(row.state),
        reason=Reason(row.reason) if row.reason else None,
        kind=kind_of(kept_type),
        content_type=kept_type,
        size=row.size,
        width=row.width or 0,
        height=row.height or 0,
    )


ATTACHED = (
    message_media.update()
    .where(
        message_media.c.organisation_id == bindparam("organisation"),
        message_media.c.id == bindparam("media", type_=Id()),
        message_media.c.message_id.is_(None),
    )
    .values(message_id=bindparam("to_message", type_=Id()), position=bindparam("at_position"))
)
"""Makes one part of a message, once."""
