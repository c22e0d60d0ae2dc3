"""Brings what the provider's webhooks did not: texts from its list, statuses one by one. One job an account, for ever.

A run reads from where the last one got to, and an hour before that; once a day the last 48 hours; the first time
everything from the date to start from. The functions that store are those of the webhooks, so that nothing is
stored or announced twice.
"""

import time
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from inbox.errors import NotFound
from inbox.languages import _
from inbox.messaging import missed_statuses, missed_texts, reach, synchronizations
from inbox.messaging.missed_texts import Window
from inbox.messaging.reach import Reach, Reason
from inbox.messaging.sending import Line
from inbox.messaging.synchronizations import Synchronization
from inbox.provisioning import company_numbers, credentials
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import jobs
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job
from inbox.storage.tables import provider_accounts
from providers.contract import NotReached, Provider, ProviderError, Refused, Throttled
from providers.twilio.client import TwilioClient

SYNCHRONIZE = "synchronize"
EVERY_SECONDS = 60.0
MOST_BACKOFF_SECONDS = 900.0
LEASE_SECONDS = 60.0
# Each takes one of the worker's places, of which sending needs some.
AT_ONCE = 4

OVERLAP = timedelta(hours=1)
SWEPT = timedelta(hours=48)
LAG = timedelta(minutes=5)
"""How long a text may take to appear on the list; so far back even a busy number is read to the last text."""
_KEPT_SECONDS = 1.0

_log = structlog.stdlib.get_logger(__name__)


async def ask(tenant: Tenant, *, reason: Reason) -> None:
    """Have every account of the organisation synchronized now; a run that goes on is followed by another."""
    for account in await reach.all_of(tenant):
        async with tenant.transaction():
            await reach.note_reason(tenant, account.account_id, reason)
            await jobs.enqueue(tenant, SYNCHRONIZE, account.account_id)


async def ask_all(database: Database, *, reason: Reason) -> None:
    """The same for every organisation that has an account."""
    rows = await database.fetch_all(select(provider_accounts.c.organisation_id).distinct())
    for row in rows:
        await ask(Tenant(database, row.organisation_id), reason=reason)


class Superseded(Exception):
    """The job is somebody else's by now."""


class Synchronizer:
    """Carries the jobs out, a few at once."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._busy = 0

    async def __call__(self, tenant: Tenant, job: Job) -> float | None:
        """Synchronize the account that the job is about; seconds until the next time, None when it is gone."""
        if self._busy >= AT_ONCE:
            return 1.0
        try:
            known = await reach.find(tenant, job.subject)
        except NotFound:
            return None
        self._busy += 1
        try:
            return await self._synchronize(_Run(tenant, job, known, await synchronizations.begin(tenant, known)))
        except Superseded:
            return 0.0
        finally:
            self._busy -= 1

    async def _synchronize(self, run: "_Run") -> float:
        tenant, account_id = run.tenant, run.known.account_id
        account = await credentials.find(tenant, self._line.vault, account_id)
        provider = TwilioClient(self._line.transport, account.account_sid, account.auth_token)
        try:
            is_left = await run.texts(account, provider)
            await missed_statuses.recover(tenant, account, provider, asked=run.asked)
            await run.end()
        except ProviderError as error:
            _log.warning("not synchronized", account=account_id, code=error.code, error=type(error).__name__)
            await run.end(sentence(error))
            return await _backoff(tenant, account_id, error)
        if await reach.is_asked_for(tenant, account_id):
            return 0.0
        return missed_texts.UNDERWAY_SECONDS if is_left else EVERY_SECONDS


class _Run:
    """One run: what it reads and what it has found so far."""

    def __init__(self, tenant: Tenant, job: Job, known: Reach, begun: Synchronization) -> None:
        self.tenant, self.known, self.begun = tenant, known, begun
        self._job = job
        self._listed = self._texts = self._statuses = 0
        self._kept_at = 0.0

    async def texts(self, account: ProviderAccount, provider: Provider) -> bool:
        """Read the lists of all numbers, window by window: what lies before the present one has been read.

        Whether something was left that may be underway to us.
        """
        is_left = False
        since, thorough = span(self.known, self.begun)
        numbers = [ours for ours in await company_numbers.all_of(self.tenant) if ours.provider_account_id == account.id]
        # Who asks by a press has waited already.
        underway = 0.0 if self.begun.reason == "asked" else missed_texts.UNDERWAY_SECONDS
        settled = self.begun.started_at - timedelta(seconds=underway)
        for window in missed_texts.windows(since, self.begun.started_at, thorough=thorough, settled=settled):
            for number in numbers:
                is_left |= await missed_texts.recover(
                    self.tenant,
                    account,
                    provider,
                    number,
                    window,
                    looked_at=self._looked_at,
                    stored=self._stored,
                )
            await self._advance(window, swept=since <= max(self.known.floor, self.begun.started_at - SWEPT))
        return is_left

    async def asked(self, stands_further: bool) -> None:
        """The provider was asked about a text of ours."""
        self._statuses += stands_further
        await self._keep()

    async def end(self, error: str | None = None) -> None:
        """It got to its end, or did not, and why as a sentence."""
        await self._keep()
        await synchronizations.end(self.tenant, self.known.account_id, self.begun.id, error=error)

    async def _looked_at(self, number: int) -> None:
        self._listed += number
        await self._keep()

    async def _stored(self) -> None:
        self._texts += 1
        if time.monotonic() - self._kept_at > _KEPT_SECONDS:
            await self._keep()

    async def _keep(self) -> None:
        """Keep the job and what was found; raises Superseded."""
        if not await jobs.renew(self.tenant.database, self._job, lease_seconds=LEASE_SECONDS):
            raise Superseded
        self._kept_at = time.monotonic()
        await synchronizations.count(
            self.tenant, self.begun.id, listed=self._listed, texts=self._texts, statuses=self._statuses
        )

    async def _advance(self, window: Window, *, swept: bool) -> None:
        if window.until is None:
            await reach.advance(self.tenant, self.known, to=self.begun.started_at, swept=swept)
        elif self.known.synchronized_to is None or window.until > self.known.synchronized_to:
            await reach.advance(self.tenant, self.known, to=window.until)


def span(known: Reach, run: Synchronization) -> tuple[datetime, datetime]:
    """From when on (UTC) a run reads, and back to when it also reads what is known."""
    if known.synchronized_to is None:
        return known.floor, known.floor
    since = known.synchronized_to - OVERLAP
    if run.reason == "sweep":
        since = min(since, run.started_at - SWEPT)
    since = max(since, known.floor)
    return since, max(since, known.synchronized_to - LAG) if run.reason == "schedule" else since


async def _backoff(tenant: Tenant, account_id: str, error: ProviderError) -> float:
    failures = await synchronizations.failures_in_a_row(tenant, account_id)
    told = error.retry_after if isinstance(error, Throttled) else None
    return max(told or 0.0, min(EVERY_SECONDS * 2.0 ** (failures - 1), MOST_BACKOFF_SECONDS))


def sentence(error: ProviderError) -> str:
    """Why a run ended early, and what happens next or is to be done."""
    match error:
        case Refused(code=20003):
            return _("Twilio refuses the account's details. Check the Account SID and the Auth Token.")
        case Refused():
            return _(
                "Twilio refuses to show the messages (code %(code)s). Look at the account in Twilio's Console.",
                code=str(error.code),
            )
        case Throttled():
            return _("Twilio had too many requests at once. It is tried again by itself.")
        case NotReached():
            return _("Twilio could not be reached. It is tried again by itself.")
    return _("Twilio did not answer as it should. It is tried again by itself.")
