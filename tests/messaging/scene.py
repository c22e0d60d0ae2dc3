"""An organisation that texts: two recruiters, one company number, an account at Twilio, and candidates who write."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert, select

from inbox.accounts import companies, organisations, users
from inbox.accounts.companies import Company
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.messaging import claims, decisions, delivery, inbound, messages, outbound
from inbox.messaging.messages import Message
from inbox.provisioning import company_numbers, credentials
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.vault import Vault, new_key
from providers.contract import AcceptedSms, DeliveryReport, DeliveryStatus, IncomingSms

MAYA = "+61491570110"
TOM = "+61491570156"
KEY = new_key()

_every = count(1)


@dataclass(frozen=True)
class Scene:
    """Who is there, and what candidates, recruiters and Twilio do in a line each."""

    tenant: Tenant
    vault: Vault
    account: ProviderAccount
    company: Company
    number: CompanyNumber
    jo: User
    ana: User

    def sms(self, sender: str = MAYA, body: str = "Hello", **changes: object) -> IncomingSms:
        """A text on its way in."""
        facts = {
            "provider_message_id": f"SM{next(_every):032x}",
            "account_id": self.account.account_sid,
            "sender": sender,
            "recipient": self.number.number,
            "body": body,
            "segments": 1,
            "media": (),
            "opt_out": None,
            "raw_body": None,
        }
        return IncomingSms(**(facts | changes))  # type: ignore[arg-type]

    async def text_in(self, sender: str = MAYA, body: str = "Hello") -> str:
        """A candidate texts; the id of the conversation."""
        assert await inbound.receive(self.tenant, self.account, self.sms(sender, body))
        return await self.conversation(sender)

    async def conversation(self, number: str) -> str:
        """The id of the conversation with this number, that of our own number where there are several."""
        table = tables.conversations
        found: str = await self.tenant.fetch_val(
            select(table.c.id)
            .where(table.c.organisation_id == self.tenant.organisation_id, table.c.candidate_number == number)
            .order_by((table.c.company_number_id == self.number.id).desc())
            .limit(1)
        )
        return found

    async def reply(
        self,
        conversation: str,
        body: str = "Are you free?",
        *,
        who: User | None = None,
        id: str | None = None,
        seen: int | None = None,
        media_ids: Sequence[str] = (),
    ) -> Message:
        """A recruiter presses Send; Jo unless told otherwise."""
        return await outbound.reply(
            self.tenant,
            who or self.jo,
            conversation,
            message_id=id or new_id(),
            body=body,
            seen=seen,
            media_ids=media_ids,
        )

    async def accepted(self, message: Message) -> str:
        """Twilio takes a queued text; its provider id."""
        claim, sid = new_id(), f"SM{next(_every):032x}"
        assert await claims.claim(self.tenant, message.id, claim)
        await claims.accept(self.tenant, message.id, claim, AcceptedSms(sid, DeliveryStatus.ACCEPTED, 1))
        return sid

    async def report(
        self, message: Message, status: str, *, sid: str = "SM1", error_code: int | None = None, attempt: int = 1
    ) -> bool:
        """Twilio reports on a text, naming our id of it."""
        known = DeliveryStatus(status) if status in set(DeliveryStatus) else None
        report = DeliveryReport(sid, self.account.account_sid, known, status, message.id, error_code)
        return await delivery.record(self.tenant, self.account, report, attempt=attempt)

    async def failed(self, conversation: str, *, error_code: int = 30003) -> Message:
        """A text of Jo's that Twilio took and could not deliver."""
        message = await self.reply(conversation)
        sid = await self.accepted(message)
        assert await self.report(message, "undelivered", sid=sid, error_code=error_code)
        return await messages.find(self.tenant, message.id)

    async def retried(self, conversation: str, message: Message, *, who: User | None = None) -> Message:
        """A recruiter presses Try again."""
        return await decisions.retry(self.tenant, who or self.jo, conversation, message.id)

    async def row(self, conversation: str) -> Any:
        """The conversation's row as it is stored."""
        return await self.tenant.fetch_one(
            select(tables.conversations).where(
                tables.conversations.c.organisation_id == self.tenant.organisation_id,
                tables.conversations.c.id == conversation,
            )
        )


async def organisation(
    database: Database, name: str = "Acme", *, time_zone: str = "Australia/Melbourne", key: str = KEY
) -> Scene:
    """A new organisation that can text, with Jo and Ana in it; nobody can sign in by password."""
    made = await organisations.create(database, name, time_zone=time_zone)
    tenant, vault = Tenant(database, made.id), Vault([key])
    company = await companies.create(tenant, f"{name} Recruiting")
    account = await credentials.create(
        tenant, vault, account_sid=f"AC{made.id:032x}", auth_token=f"the token of {name} at Twilio"
    )
    number = await company_numbers.add(
        tenant, company_id=company.id, provider_account_id=account.id, number="+61491570006"
    )
    team = [await person(tenant, f"{first.lower()}.{made.id}@acme.test", name) for first, name in _PEOPLE]
    return Scene(tenant, vault, account, company, number, *team)


_PEOPLE = (("Jo", "Jo Park"), ("Ana", "Ana Ruiz"))


async def person(tenant: Tenant, email: str, name: str) -> User:
    """Another recruiter of this organisation."""
    user_id = new_id()
    await tenant.execute(
        insert(tables.users).values(
            organisation_id=tenant.organisation_id,
            id=user_id,
            email=email,
            name=name,
            role=Role.RECRUITER.value,
            password_hash="none that fits",
        )
    )
    return await users.find(tenant, user_id)


@pytest.fixture
async def scene(database: Database) -> Scene:
    """The organisation most tests are about, once on each kind of database."""
    return await organisation(database)


@pytest.fixture
async def other(scene: Scene) -> Scene:
    """Another organisation in the same database, with the same company number and people of its own."""
    return await organisation(scene.tenant.database, "Other")
