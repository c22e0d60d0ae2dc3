"""Mails those who can top up when few segments are left: at 25, 10 and 0 percent, once each until the next top-up."""

import asyncio

import structlog

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.billing import balance
from inbox.billing.balance import Crossed
from inbox.languages import _, ngettext
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
                    reader=payer.reader,
                    subject=_subject(found),
                    paragraphs=[_("Hello %(name)s,", name=payer.first_name), _words(found)],
                    path="/settings/organisation/sms/billing-log",
                    link_words=_("Open the billing log"),
                )


def _subject(found: Crossed) -> str:
    if not found.percent:
        return _("No segments left: texts are not sent")
    return ngettext("Only %(num)s segment left", "Only %(num)s segments left", found.left)


def _words(found: Crossed) -> str:
    if not found.percent:
        return _(
            "there are no segments left. Messages can be read, but not sent, and workflows stop where they would text. "
            "Top up to go on."
        )
    return _(
        "%(left)s segments are left, which is at most %(percent)s %% of the last top-up.",
        left=found.left,
        percent=found.percent,
    )
