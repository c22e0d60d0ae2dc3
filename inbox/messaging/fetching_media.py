"""A job for each picture or file that a candidate sent: fetched from Twilio, made anew or looked at, kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import and_, select

from inbox.messaging import media, pictures
from inbox.messaging.media import Form, MediaState
from inbox.messaging.media_kinds import recognized
from inbox.messaging.unfit import Reason, Unfit
from inbox.provisioning import credentials
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import message_media, messages
from inbox.storage.vault import Vault
from providers.twilio.media import MediaAway, MediaForbidden, MediaGone, MediaTooLarge, TwilioMedia

_log = structlog.stdlib.get_logger(__name__)

MOST_TRIES = 12
"""With the pauses between them about two hours."""
GONE_TRIES = 3
"""How often Twilio has to say so: a message may be told of a moment before its media is there."""
LONGEST_PAUSE = 1800.0
# Each takes one of the worker's places, of which sending needs some.
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What becomes of a row, and the bytes to keep with it."""

    values: Mapping[str, Any]
    contents: Mapping[Form, bytes]


class MediaFetcher:
    """Carries the jobs out, a few at once."""

    def __init__(self, source: TwilioMedia, vault: Vault) -> None:
        self._source = source
        self._vault = vault
        self._busy = 0

    async def __call__(self, tenant: Tenant, job: Job) -> float | Postponed | None:
        """Fetch what the job is about; seconds until the next try, None when there is nothing left to do."""
        if self._busy >= AT_ONCE:
            return Postponed(1.0)
        self._busy += 1
        try:
            return await self._settle(tenant, job)
        finally:
            self._busy -= 1

    async def _settle(self, tenant: Tenant, job: Job) -> float | None:
        row = await tenant.fetch_one(_wanted(tenant, job.subject))
        if row is None:
            return None
        try:
            outcome = await self._fetched(tenant, row)
        except MediaAway as error:
            if job.tries < MOST_TRIES:
                return min(LONGEST_PAUSE, 5.0 * 2.0 ** (job.tries - 1))
            _log.warning("media could not be fetched", media=job.subject, reason=str(error))
            outcome = _refused(Reason.AWAY)
        except MediaGone:
            if job.tries < GONE_TRIES:
                return 5.0 * job.tries
            outcome = _Outcome({"state": MediaState.GONE}, {})
        await _store(tenant, row, outcome)
        return None

    async def _fetched(self, tenant: Tenant, row: Any) -> _Outcome:
        account = await credentials.find(tenant, self._vault, row.provider_account_id)
        try:
            raw = await self._source.fetch(row.url or "", account.account_sid, account.auth_token)
            return await _looked_at(raw, row.declared_type)
        except MediaForbidden as error:
            _log.warning("media was not fetched", media=row.id, reason=str(error))
            return _refused(Reason.PLACE)
        except MediaTooLarge:
            return _refused(Reason.SIZE)
        except Unfit as unfit:
            return _refused(unfit.reason)


def _wanted(tenant: Tenant, media_id: str) -> Any:
    """What waits to be fetched, with the account that it belongs to."""
    return (
        select(message_media, messages.c.provider_account_id)
        .join(
            messages,
            and_(
                messages.c.organisation_id == message_media.c.organisation_id,
                messages.c.id == message_media.c.message_id,
            ),
        )
        .where(media.is_media(tenant, media_id), message_media.c.state == MediaState.WAITING)
    )


async def _looked_at(raw: bytes, declared: str) -> _Outcome:
    """What a file is kept as; raises Unfit."""
    content_type = recognized(raw, declared)
    if content_type != "image/*":
        values = {"state": MediaState.KEPT, "content_type": content_type, "size": len(raw)}
        return _Outcome(values, {"whole": raw})
    picture = await pictures.remade(raw)
    return _Outcome(media.kept_as(picture), {"whole": picture.whole, "thumbnail": picture.thumbnail})


def _refused(reason: Reason) -> _Outcome:
    return _Outcome({"state": MediaState.REFUSED, "reason": reason}, {})


async def _store(tenant: Tenant, row: Any, outcome: _Outcome) -> None:
    """Settle a row that still waits; every open thread follows."""
    async with tenant.transaction():
        settled = await tenant.fetch_val(
            message_media.update()
            .where(media.is_media(tenant, row.id), message_media.c.state == MediaState.WAITING)
            .values(**outcome.values)
            .returning(message_media.c.id)
        )
        if settled is None:
            return  # another worker was faster
        await media.keep(tenant, row.id, outcome.contents)
        await events.record(
            tenant,
            EventKind.MESSAGE_CHANGED,
            conversation_id=row.conversation_id,
            message_id=row.message_id,
        )
