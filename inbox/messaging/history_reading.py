"""Reads a number's texts of before from the provider's list: those that came in, then those that went out.

The list is newest first. What a page brings is stored with how far it reaches, in one transaction, so a worker that
dies leaves nothing by half and the next one goes on from there.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, select

from inbox.messaging import erased_numbers, history, history_imports, missed_texts
from inbox.messaging.confirming import WITHOUT_ID, are_same
from inbox.messaging.history import PastText
from inbox.messaging.history_imports import Figures, HistoryImport, Way
from inbox.messaging.inbound import LONGEST_SENDER
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations, message_status_log, messages
from providers.contract import DeliveryStatus, ListedSms, Provider

Fence = Callable[[], Awaitable[None]]
"""Awaited in each transaction; raises where another worker has the job."""

QUEUED = timedelta(days=1)
"""The list is in the order of creation, and a text may be sent so much later than it was created."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What it takes to read: whose list, with which details, and the fence."""

    account: ProviderAccount
    number: CompanyNumber
    provider: Provider
    fenced: Fence


async def read(tenant: Tenant, reading: Reading, file: HistoryImport) -> None:
    """Read on to the end. Raises ProviderError, Refused when it was stopped, and what `reading.fenced` raises."""
    for way in ("in", "out") if file.way == "in" else ("out",):
        reached = file.reached if way == file.way else None
        async with aclosing(_pages(reading, file, way, reached)) as pages:
            async for page in pages:
                await _take(tenant, reading, file, way, page, reached)
        if way == "in":
            await _turn(tenant, reading, file)


def _pages(
    reading: Reading, file: HistoryImport, way: Way, reached: datetime | None
) -> AsyncGenerator[Sequence[ListedSms], None]:
    """The list from where it was read to, with what may stand out of its order."""
    begin, end = file.since, reached or file.until
    ours = reading.number.number
    listed = reading.provider.list_messages(
        recipient=ours if way == "in" else None,
        sender=ours if way == "out" else None,
        sent_after=begin - QUEUED if begin else None,
        sent_before=end + QUEUED if end else None,
    )
    return missed_texts.pages_of(listed)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The texts of a page that are asked for, and what becomes of each, by the provider's ids."""

    wanted: dict[str, ListedSms]
    known: set[str]
    reasons: dict[str, str]

    @property
    def new(self) -> list[ListedSms]:
        """Those that are to be stored."""
        return [sms for one, sms in self.wanted.items() if one not in self.known and one not in self.reasons]

    def figures(self, texts: Sequence[PastText], stored: Collection[str], reached: datetime | None) -> Figures:
        """What is counted. What stands at `reached` or later was, before the reading was interrupted, if it was here.

        A text that somebody else stored in this moment is known.
        """
        late = len(texts) - len(stored)
        again = {one for one, sms in self.wanted.items() if reached is not None and sms.at >= reached}
        known = len(self.known - again) + late
        refused = Counter(reason for one, reason in self.reasons.items() if one not in again)
        return Figures(len(stored) + known + refused.total(), len(stored), known, refused)


async def _take(
    tenant: Tenant,
    reading: Reading,
    file: HistoryImport,
    way: Way,
    page: Sequence[ListedSms],
    reached: datetime | None,
) -> None:
    """Store what is new on a page, with how far it reaches."""
    told = await _sort(tenant, reading, way, [sms for sms in page if _is_wanted(file, way, sms)])
    texts = [await _past(reading, sms) for sms in told.new]
    await history.open_all(tenant, reading.number, texts)
    async with tenant.transaction():
        held = await history_imports.hold(tenant, file.id)
        await reading.fenced()
        stored = await history.keep(tenant, reading.number, texts)
        place = min(sms.at for sms in page)
        place = min(place, held.reached) if held.reached else place
        await history_imports.move(tenant, held, told.figures(texts, stored, reached), way=way, reached=place)


async def _sort(tenant: Tenant, reading: Reading, way: Way, wanted: Sequence[ListedSms]) -> _Sorted:
    by_id = {sms.provider_message_id: sms for sms in wanted}
    known = await _known(tenant, reading, way, wanted)
    refusals = {one: _refusal(reading, sms) for one, sms in by_id.items() if one not in known}
    reasons = {one: reason for one, reason in refusals.items() if reason is not None}
    coming = {one: (_theirs(sms), sms.at) for one, sms in by_id.items() if one not in known and one not in reasons}
    reasons |= dict.fromkeys(await erased_numbers.of_before(tenant, coming), "removed")
    told = _Sorted(by_id, known, reasons)
    reasons |= dict.fromkeys(await _doubtful(tenant, reading, way, told.new), "doubt")
    return told


async def _turn(tenant: Tenant, reading: Reading, file: HistoryImport) -> None:
    """What came in has been read; what went out comes next."""
    async with tenant.transaction():
        held = await history_imports.hold(tenant, file.id)
        await reading.fenced()
        await history_imports.move(tenant, held, Figures(), way="out", reached=None)


def _is_wanted(file: HistoryImport, way: Way, sms: ListedSms) -> bool:
    if sms.direction != ("inbound" if way == "in" else "outbound"):
        return False
    return (file.since is None or file.since <= sms.at) and (file.until is None or sms.at < file.until)


def _refusal(reading: Reading, sms: ListedSms) -> str | None:
    """Why a text that is not here stays out, as a key of REASONS; None when it is taken."""
    if not _theirs(sms):
        return "nobody"
    if sms.direction == "outbound":
        return None if sms.status.rank >= DeliveryStatus.SENT.rank else "coming"
    if sms.status is not DeliveryStatus.RECEIVED:
        return "coming"
    # Somebody waits for an answer to these: they come by the webhook, or within a minute by synchronizing.
    return "live" if sms.at >= reading.account.created_at.replace(microsecond=0) else None


def _theirs(sms: ListedSms) -> str:
    return (sms.sender if sms.direction == "inbound" else sms.recipient)[:LONGEST_SENDER]


async def _known(tenant: Tenant, reading: Reading, way: Way, page: Sequence[ListedSms]) -> set[str]:
    """The provider's ids of those that are here, earlier attempts of our texts included."""
    known = await missed_texts.known_ids(tenant, reading.account, page)
    others = [sms for sms in page if sms.provider_message_id not in known]
    if way == "in" or not others:
        return known
    rows = await tenant.fetch_all(
        select(message_status_log.c.provider_message_id)
        .distinct()
        .select_from(message_status_log)
        .join(
            messages,
            and_(
                messages.c.organisation_id == message_status_log.c.organisation_id,
                messages.c.id == message_status_log.c.message_id,
            ),
        )
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id.in_(_conversations(tenant, reading, others)),
            messages.c.attempt > 1,
            message_status_log.c.provider_message_id.in_([sms.provider_message_id for sms in others]),
        )
    )
    return known | {row.provider_message_id for row in rows}


async def _doubtful(tenant: Tenant, reading: Reading, way: Way, page: Sequence[ListedSms]) -> set[str]:
    """Of texts that went out those that may be ours, of which nobody knows yet whether the provider took them."""
    if way == "in" or not page:
        return set()
    rows = await tenant.fetch_all(
        select(messages.c.body, conversations.c.candidate_number)
        .join(
            conversations,
            and_(
                conversations.c.organisation_id == messages.c.organisation_id,
                conversations.c.id == messages.c.conversation_id,
            ),
        )
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id.in_(_conversations(tenant, reading, page)),
            messages.c.direction == "out",
            messages.c.status.in_(WITHOUT_ID),
        )
    )
    return {
        sms.provider_message_id
        for sms in page
        if any(row.candidate_number == _theirs(sms) and are_same(row.body, sms.body) for row in rows)
    }


def _conversations(tenant: Tenant, reading: Reading, page: Sequence[ListedSms]) -> Select[Any]:
    return select(conversations.c.id).where(
        conversations.c.organisation_id == tenant.organisation_id,
        conversations.c.company_number_id == reading.number.id,
        conversations.c.candidate_number.in_(sorted({_theirs(sms) for sms in page})),
    )


async def _past(reading: Reading, sms: ListedSms) -> PastText:
    return PastText(
        direction="in" if sms.direction == "inbound" else "out",
        candidate_number=_theirs(sms),
        body=sms.body,
        at=sms.at,
        status=sms.status,
        segments=sms.segments,
        provider_message_id=sms.provider_message_id,
        error_code=sms.error_code,
        sent_at=sms.sent_at if sms.direction == "outbound" else None,
        media=await reading.provider.list_media(sms.provider_message_id) if sms.media_count else (),
    )
