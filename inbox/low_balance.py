"""Mails those who can top up when few segments are left: at 25, 10 and 0 percent, once each until the next top-up."""

import asyncio

import structlog

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.billing import balance
from inbox.billing.balance import Crossed
from inbox.storage import mails
from inbox.storage.database import Database, Tenant

EVERY_SECONDS = 60.0

_log = structlog.stdlib.get_logger(__name__)


async def watch(database: Database) -> None:
    """Look each minute, until cancelled; what fails is tried again the next minute."""
    while True:
        try:
            await warn(database)
        except Exception:  # whatever the driver raises: the marks stay as they were
            _log.exception("balances could not be looked at")
        await asyncio.sleep(EVERY_SECONDS)


async def warn(database: Database) -> None:
    """Mail of every balance that has come below a mark since it was last mailed of."""
    for found in await balance.crossed(database):
        tenant = Tenant(database, found.organisation_id)
        async with tenant.transaction():
            if not await balance.note_warned(tenant, found.percent):
                continue  # another worker has
            for payer in await users.who_may(tenant, Act.BILLING):
                await mails.post(
                    tenant,
                    payer.id,
                    payer.email,
                    subject=_subject(found),
                    paragraphs=[f"Hello {payer.first_name},", _words(found)],
                    path="/settings/organisation/sms/billing-log",
                    link_words="Open the billing log",
                )


def _subject(found: Crossed) -> str:
    return f"Only {found.left:,} segments left" if found.percent else "No segments left: texts are not sent"


def _words(found: Crossed) -> str:
    if not found.percent:
        return (
            "there are no segments left. Messages can be read, but not sent, and workflows stop where they would text. "
            "Top up to go on."
        )
    return f"{found.left:,} segments are left, which is at most {found.percent} % of the last top-up."
