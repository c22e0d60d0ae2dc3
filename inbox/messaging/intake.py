"""Twilio's calls that are plain, stored with others of the same moment: texts that came in, reports on those that went.

A plain text goes to a number that is ours, in a conversation that exists and that nobody is writing to at this moment,
and says no more than its words. A plain report says that a text of ours got on. Everything else goes the long way
(`inbound.receive`, `delivery.record`), which this falls back to and agrees with.
"""

from datetime import datetime
from functools import partial

from inbox.messaging import delivery_together, inbound, inbound_together, keywords
from inbox.messaging.delivery_together import Reported
from inbox.messaging.gathering import Gathering
from inbox.messaging.inbound_together import Arrived
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Database
from providers.contract import DeliveryReport, IncomingSms


class Intake:
    """One for a web process."""

    def __init__(self, database: Database) -> None:
        self._is_able = database.dialect == "postgresql"
        self._texts = Gathering[Arrived](partial(inbound_together.store, database), "texts")
        self._reports = Gathering[Reported](partial(delivery_together.record, database), "reports")

    async def store(self, account: ProviderAccount, sms: IncomingSms, *, kept_since: datetime | None = None) -> bool:
        """Store a text, once; False when it has to go the long way. Raises Unavailable.

        `kept_since` (UTC) is when one that comes later came to us: it stands there in its thread. True means that it
        is committed, in an organisation in which `account` still stands as it is given here.
        """
        if not self._is_able or keywords.heard(sms) is not None or len(sms.sender) > inbound.LONGEST_SENDER:
            return False
        return await self._texts.take(Arrived(account, sms, kept_since))

    async def record(self, account: ProviderAccount, report: DeliveryReport, *, attempt: int) -> bool:
        """Take a report on an attempt of a text; False when it has to go the long way. Raises Unavailable."""
        if not self._is_able or not delivery_together.is_plain(report):
            return False
        return await self._reports.take(Reported(account, report, attempt))
