"""A call of Twilio's: told apart from a forged one, and taken into the database, now or when it was kept before."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal, Self
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from inbox.messaging import delivery, inbound
from inbox.messaging.intake import Intake
from inbox.provisioning.channels import Channels
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Database, Tenant
from providers.contract import DeliveryReport, IncomingSms
from providers.twilio import webhooks
from providers.twilio.webhooks import TwilioForm


class Forged(Exception):
    """The signature is not made with a token of the account's, or the form is another account's."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came; `body` holds each byte as one character, `url` is what Twilio was told to call."""

    kind: Literal["message", "status"]
    channel_token: str
    url: str
    signature: str | None
    body: str
    is_genuine: bool = False
    """Whether the signature has been found right; what has is taken without another look."""

    @property
    def form(self) -> TwilioForm:
        """The posted fields. Raises MalformedWebhook."""
        return webhooks.parse_form(self.body.encode("latin-1"))

    def checked(self, account: ProviderAccount) -> Self:
        """This call, found genuine. Raises Forged, or MalformedWebhook."""
        self._check(account, self.form)
        return replace(self, is_genuine=True)

    def read(self) -> IncomingSms | DeliveryReport:
        """What it tells. Raises MalformedWebhook."""
        return self._read(self.form)

    def read_for(self, account: ProviderAccount) -> IncomingSms | DeliveryReport:
        """What it tells this account. Raises Forged, unless it was found genuine before, and MalformedWebhook."""
        form = self.form
        if not self.is_genuine:
            self._check(account, form)
        return self._read(form)

    def _check(self, account: ProviderAccount, form: TwilioForm) -> None:
        is_signed = webhooks.is_genuine(self.url, form, self.signature, account.auth_tokens)
        if not is_signed or form.text("AccountSid") != account.account_sid:
            raise Forged

    def _read(self, form: TwilioForm) -> IncomingSms | DeliveryReport:
        if self.kind == "message":
            return webhooks.incoming_sms(form)
        return webhooks.delivery_report(form, self._message_id)

    @property
    def lane(self) -> str:
        """What it belongs to: calls of one lane are taken in their order."""
        form = self.form
        return f"{self.channel_token} {form.text('From')} {form.text('MessageSid') if self.kind == 'status' else ''}"

    @property
    def attempt(self) -> int:
        """Which try of sending a report is about, from 1."""
        told = self._query("attempt")
        return int(told) if told.isdecimal() and len(told) < 6 else 1

    @property
    def _message_id(self) -> str | None:
        try:
            return str(UUID(self._query("m")))
        except ValueError:
            return None

    def _query(self, name: str) -> str:
        return parse_qs(urlsplit(self.url).query).get(name, [""])[-1]

    def as_text(self) -> str:
        """For the spool."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What `as_text` made a text of. Raises ValueError or TypeError for anything else."""
        return cls(**json.loads(text))


async def take(database: Database, channels: Channels, call: Call, *, arrived_at: datetime | None = None) -> None:
    """Store what a call tells; when this returns it is committed. `arrived_at` (UTC) is given for a call of the past.

    A repeated call changes nothing. Raises NotFound for a token nobody has, Forged, MalformedWebhook, and
    Unavailable while the database is away.
    """
    account = await channels.find(call.channel_token)
    told = call.read_for(account)
    tenant = Tenant(database, account.organisation_id)
    if isinstance(told, IncomingSms):
        await inbound.receive(tenant, account, told, received_at=arrived_at)
    else:
        await delivery.record(tenant, account, told, attempt=call.attempt)


async def take_at_once(intake: Intake, channels: Channels, call: Call, *, arrived_at: datetime | None = None) -> bool:
    """Store what a call tells together with others, without asking whose it is; False when `take` has to do it.

    `arrived_at` (UTC) is given for a call of the past. Raises MalformedWebhook, and Unavailable while the database is
    away.
    """
    account = channels.known(call.channel_token)
    if account is None:
        return False
    try:
        told = call.read_for(account)
    except Forged:
        return False  # unless its token is newer than what is known here
    if isinstance(told, IncomingSms):
        return await intake.store(account, told, kept_since=arrived_at)
    return await intake.record(account, told, attempt=call.attempt)
