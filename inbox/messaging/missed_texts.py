"""Texts that the provider's list has and we have not: found page by page, stored oldest first."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from inbox.messaging import inbound
from inbox.messaging.inbound import Arrival
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Tenant
from inbox.storage.tables import messages
from providers.contract import DeliveryStatus, IncomingSms, ListedSms, Provider

PAGE = 100
UNDERWAY_SECONDS = 5.0
"""So young a text may still be on its way to us by a webhook, which tells its moment better: it is left for that."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The times to read: [since, until) in UTC, the last one open. Back to `thorough` also what is known is read."""

    since: datetime
    until: datetime | None
    thorough: datetime
    settled: datetime
    """What was sent after this may be underway."""

    def holds(self, sms: ListedSms) -> bool:
        """Whether it was sent in this window."""
        return self.since <= sms.at and (self.until is None or sms.at < self.until)


def windows(since: datetime, now: datetime, *, thorough: datetime, settled: datetime) -> Iterator[Window]:
    """The time from `since` on, oldest first, a day at a time: what is missing in one is held in memory."""
    while now - since > _DAY:
        yield Window(since, since + _DAY, thorough, settled)
        since += _DAY
    yield Window(since, None, thorough, settled)


async def recover(
    tenant: Tenant,
    account: ProviderAccount,
    provider: Provider,
    number: CompanyNumber,
    window: Window,
    *,
    looked_at: Callable[[int], Awaitable[None]],
    stored: Callable[[], Awaitable[None]],
) -> bool:
    """Store what came in on one number in a window and is not here yet; whether some is left that may be underway.

    Raises ProviderError. `looked_at` is told the length of each page, `stored` of each text; what they raise ends it.
    The list is newest first; a page on which everything is known ends the reading once it reaches back beyond
    `window.thorough`.
    """
    missing: list[ListedSms] = []
    is_left = False
    listed = provider.list_messages(recipient=number.number, sent_after=window.since, sent_before=window.until)
    async with aclosing(pages_of(listed)) as pages:
        async for page in pages:
            await looked_at(len(page))
            wanted = [sms for sms in page if _is_wanted(sms, window)]
            known = await known_ids(tenant, account, wanted)
            unknown = [sms for sms in wanted if sms.provider_message_id not in known]
            missing += [sms for sms in unknown if sms.at <= window.settled]
            is_left |= any(sms.at > window.settled for sms in unknown)
            if page[-1].at < (window.since if unknown else window.thorough):
                break
    for sms in reversed(missing):
        text = await _incoming(account, provider, sms)
        if await inbound.store(tenant, account, text, received_at=sms.at) not in (Arrival.KNOWN, Arrival.ERASED):
            await stored()
    return is_left


async def pages_of(listed: AsyncIterator[ListedSms]) -> AsyncGenerator[Sequence[ListedSms], None]:
    """The list in pages as the provider sends them: the next one is only asked for when it is wanted."""
    page: list[ListedSms] = []
    async for sms in listed:
        page.append(sms)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _is_wanted(sms: ListedSms, window: Window) -> bool:
    # One that is still coming in may lack words and pictures; it is there in whole the next time.
    return sms.direction == "inbound" and sms.status is DeliveryStatus.RECEIVED and window.holds(sms)


async def known_ids(tenant: Tenant, account: ProviderAccount, page: Sequence[ListedSms]) -> set[str]:
    """The provider's ids of those that are here already."""
    if not page:
        return set()
    rows = await tenant.fetch_all(
        select(messages.c.provider_message_id).where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.provider_account_id == account.id,
            messages.c.provider_message_id.in_([sms.provider_message_id for sms in page]),
        )
    )
    return {row.provider_message_id for row in rows}


async def _incoming(account: ProviderAccount, provider: Provider, sms: ListedSms) -> IncomingSms:
    return IncomingSms(
        provider_message_id=sms.provider_message_id,
        account_id=account.account_sid,
        sender=sms.sender,
        recipient=sms.recipient,
        body=sms.body,
        segments=sms.segments,
        media=await provider.list_media(sms.provider_message_id) if sms.media_count else (),
        opt_out=None,
        raw_body=None,
    )
