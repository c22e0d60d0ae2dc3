"""Texts of ours whose reports got lost: the provider is asked about each."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_, select, text
from sqlalchemy.sql.elements import ColumnElement

from inbox.messaging import delivery
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import UNSETTLED, messages
from providers.contract import DeliveryReport, DeliveryStatus, ListedSms, Provider, Refused

MOST_AT_ONCE = 50
_UNSENT_AFTER = timedelta(minutes=10)
# Many routes never tell more than "sent"; Twilio advises to ask after twelve hours:
# https://www.twilio.com/docs/messaging/guides/outbound-message-logging
_SENT_AFTER = timedelta(hours=12)
_UNTIL = timedelta(days=3)
_AGAIN_AFTER = timedelta(hours=2)
# https://www.twilio.com/docs/api/errors/20404
_NOT_FOUND = 20404


async def recover(
    tenant: Tenant, account: ProviderAccount, provider: Provider, *, asked: Callable[[bool], Awaitable[None]]
) -> None:
    """Ask about the texts that should stand further by now, at most 50; raises ProviderError.

    What the provider says goes the way of its reports. `asked` is told of each whether it stands further now.
    """
    for row in await _overdue(tenant, account):
        await tenant.execute(
            messages.update()
            .where(messages.c.organisation_id == tenant.organisation_id, messages.c.id == row.id)
            .values(checked_at=db_now())
        )
        listed = await _fetched(provider, row.provider_message_id)
        is_news = listed is not None and listed.status.rank > row.rank
        await asked(listed is not None and is_news and await delivery.record(tenant, account, _report(account, listed)))


async def _overdue(tenant: Tenant, account: ProviderAccount) -> Sequence[Any]:
    unsent = and_(messages.c.status.in_([DeliveryStatus.ACCEPTED, DeliveryStatus.SENDING]), _before(_UNSENT_AFTER))
    sent = and_(messages.c.status == DeliveryStatus.SENT, _before(_SENT_AFTER))
    return await tenant.fetch_all(
        select(messages.c.id, messages.c.rank, messages.c.provider_message_id)
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.provider_account_id == account.id,
            text(UNSETTLED),  # as in the index, so that the planner knows that it serves
            messages.c.claimed_at > db_later(-_UNTIL.total_seconds()),
            messages.c.provider_message_id.is_not(None),
            or_(unsent, sent),
            or_(messages.c.checked_at.is_(None), messages.c.checked_at < db_later(-_AGAIN_AFTER.total_seconds())),
        )
        .order_by(messages.c.claimed_at)
        .limit(MOST_AT_ONCE)
    )


def _before(age: timedelta) -> ColumnElement[bool]:
    return messages.c.claimed_at < db_later(-age.total_seconds())


async def _fetched(provider: Provider, provider_message_id: str) -> ListedSms | None:
    try:
        return await provider.fetch(provider_message_id)
    except Refused as error:
        if error.code == _NOT_FOUND:
            return None
        raise


def _report(account: ProviderAccount, listed: ListedSms) -> DeliveryReport:
    return DeliveryReport(
        provider_message_id=listed.provider_message_id,
        account_id=account.account_sid,
        status=listed.status,
        raw_status=listed.status,
        message_id=None,
        error_code=listed.error_code,
    )
