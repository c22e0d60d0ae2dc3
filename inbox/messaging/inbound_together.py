"""Many texts that came in, stored by two statements in one transaction, as `inbound.store` stores one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from inbox.messaging import inbound, lines, media
from inbox.messaging.gathering import NotWanted
from inbox.messaging.inbound_statements import DOCUMENTED, STORED
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import events, number_hashes
from inbox.storage import search_documents as documents
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.rows import Row
from providers.contract import IncomingSms


@dataclass(frozen=True, slots=True)
class Arrived:
    """A text of this moment or kept since another (UTC), the account it came to, and the id that it gets."""

    account: ProviderAccount
    sms: IncomingSms
    kept_since: datetime | None = None
    message_id: str = field(default_factory=new_id)

    @property
    def lane(self) -> tuple[int, str, str]:
        """The conversation: its texts are numbered in the order they came."""
        return self.account.organisation_id, self.sms.recipient, self.sms.sender


async def store(database: Database, some: Sequence[Arrived], is_wanted: Callable[[], bool]) -> set[str]:
    """Store those that are plain, of any organisations; their ids, when they are committed.

    Left out are repeats, texts of which the number or the conversation is not known or held by somebody, those to
    owners who were shut out, those of accounts that do not stand as given, and those that a workflow may wait for. No
    two may be of one conversation.
    `is_wanted` is asked before the commit: when it says no, NotWanted undoes all. PostgreSQL only.
    """
    async with database.transaction():
        rows = {row[0]: row for row in await database.fetch_all(STORED, _columns(database, some))}
        told = [(one, rows[one.message_id]) for one in some if one.message_id in rows]
        if told:
            await database.execute(DOCUMENTED, _documents(told))
            for one, row in told:
                tenant = Tenant(database, one.account.organisation_id)
                await media.tell_of(tenant, row.conversation_id, one.message_id, one.sms.media)
            events.mark(database, {one.account.organisation_id for one, _ in told})
        if not is_wanted():
            raise NotWanted
    return set(rows)


def _columns(database: Database, some: Sequence[Arrived]) -> dict[str, object]:
    return {
        "late": inbound.LATE,
        "organisations": [one.account.organisation_id for one in some],
        "accounts": [one.account.id for one in some],
        "seals": [one.account.seals[0] for one in some],
        "old_seals": [one.account.seals[1] for one in some],
        "recipients": [one.sms.recipient for one in some],
        "senders": [one.sms.sender for one in some],
        "messages": [one.message_id for one in some],
        "provider_ids": [one.sms.provider_message_id for one in some],
        "bodies": [one.sms.body for one in some],
        "raw_bodies": [one.sms.raw_body for one in some],
        "lines": [lines.shown(inbound.shown(one.sms)) for one in some],
        "segments": [one.sms.segments for one in some],
        "media": [len(one.sms.media) for one in some],
        "kept_since": [one.kept_since for one in some],
        "hashes": [_hashes(database, one) for one in some],
    }


def _hashes(database: Database, one: Arrived) -> str:
    """By what an erasure knows the number, of a text that comes late."""
    if one.kept_since is None:
        return ""
    return " ".join(number_hashes.of(database.number_keys, one.account.organisation_id, one.sms.sender))


def _documents(told: Sequence[tuple[Arrived, Row]]) -> dict[str, object]:
    """What the search finds them by; the moment is the database's own, so it is known only now."""
    days = [documents.day_marks(row.at) for _, row in told]
    return {
        "organisations": [one.account.organisation_id for one, _ in told],
        "conversations": [row.conversation_id for _, row in told],
        "lines": [documents.line(inbound.shown(one.sms)) for one, _ in told],
        "days": [documents.narrowest(marks) for marks in days],
        "every_days": days,
        "most_letters": documents.MOST_LETTERS,
        "recencies": [documents.recency(one.account.organisation_id, row.last_at) for one, row in told],
    }
