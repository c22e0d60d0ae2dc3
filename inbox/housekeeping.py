"""Throws away what nobody needs any more: events, notifications, mails, sessions and files of long ago."""

import asyncio

import structlog

from inbox.accounts import companions, login_failures, password_links, second_steps, sessions, sso_visits
from inbox.automation import campaign_files
from inbox.candidates import imports
from inbox.embeds import widgets
from inbox.hooks import deliveries
from inbox.messaging import attaching, history_imports, label_changes, merge_records, synchronizations
from inbox.reports import exports, retention
from inbox.storage import idempotency, mails, notifications, old_events
from inbox.storage.database import Database

EVERY_SECONDS = 3600.0
# A browser that was away longer loads its page anew instead of catching up.
EVENTS_KEPT_DAYS = 7
# Of an organisation in an hour, so that nothing else waits for it long.
MOST_ERASED = 500

_log = structlog.stdlib.get_logger(__name__)


async def keep(database: Database) -> None:
    """Tidy at the start and every hour, until cancelled; what fails is tried again the next hour."""
    while True:
        try:
            await tidy(database)
        except Exception:  # whatever the driver raises: nothing depends on it today
            _log.exception("the house could not be tidied")
        await asyncio.sleep(EVERY_SECONDS)


async def tidy(database: Database) -> None:
    """Throw away what is old enough."""
    pruned = await old_events.prune(database, keep_days=EVENTS_KEPT_DAYS)
    await sessions.prune(database)
    await companions.prune(database)
    await widgets.prune(database)
    await idempotency.prune(database)
    await login_failures.prune(database)
    await synchronizations.prune(database)
    await imports.prune(database)
    await history_imports.prune(database)
    await campaign_files.prune(database)
    await label_changes.prune(database)
    await merge_records.prune(database)
    await attaching.prune(database)
    await notifications.prune(database)
    await mails.prune(database)
    await deliveries.prune(database)
    await password_links.prune(database)
    await second_steps.prune(database)
    await sso_visits.prune(database)
    await exports.prune(database)
    erased = await retention.purge_all(database, most=MOST_ERASED)
    _log.info("tidied", events=pruned, erased=erased)
