"""Brings to the provider what a country asks for, and looks until it has decided, ever less often."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.provisioning import company_numbers, credentials, documents, drafts, missing, progress, reviews
from inbox.provisioning.credentials import ProviderAccount
from inbox.provisioning.reviews import Kind, Review
from inbox.storage import notifications
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import organisations, users
from inbox.storage.vault import Vault
from providers import contract, phone
from providers.twilio import compliance
from providers.twilio.addresses import TwilioEmergency
from providers.twilio.compliance import Document, TwilioCompliance
from providers.twilio.transport import TwilioTransport
from providers.twilio.trust_hub import TwilioTrustHub

FIRST_SECONDS, MOST_SECONDS = 15.0, 6 * 3600.0
"""Of the pauses between two looks, which double."""
DECIDED = "provisioning"


async def check(tenant: Tenant, country: str, kind: Kind) -> None:
    """Raise Refused with the first thing that is missing before this can be sent."""
    await missing.check(tenant, country, kind, has_number=bool(await _numbers(tenant, country)))


class Submitter:
    """Does the job of a review."""

    def __init__(self, transport: TwilioTransport, vault: Vault) -> None:
        self._transport = transport
        self._vault = vault

    async def __call__(self, tenant: Tenant, job: Job) -> Postponed | None:
        """Send it or look how far it is; None when the provider has decided."""
        try:
            review = await reviews.find(tenant, job.subject)
            account = await credentials.first(tenant, self._vault)
        except NotFound:
            return None
        if not review.is_open:
            return None
        try:
            if review.state == "sending":
                sids = await self._send(tenant, account, review)
                await reviews.stands(tenant, review, "sent", **sids)
                return Postponed(FIRST_SECONDS)
            found = await self._look(tenant, account, review)
        except (contract.Refused, Refused) as error:
            words = error.words if isinstance(error, contract.ProviderError) else error.sentence
            found = compliance.Review("rejected", words)
        except contract.ProviderError:
            found = compliance.Review("waiting")
        if found.standing == "waiting":
            await reviews.stands(tenant, review, review.state)
            return Postponed(min(FIRST_SECONDS * 2.0 ** min(review.looks, 20), MOST_SECONDS))
        await _decide(tenant, review, found)
        return None

    async def _send(self, tenant: Tenant, account: ProviderAccount, review: Review) -> Mapping[str, str]:
        """What the provider calls it. Raises ProviderError, Refused."""
        await check(tenant, review.country, review.kind)
        facts = await progress.facts(tenant, review.country)
        access = (self._transport, account.account_sid, account.auth_token)
        twilio = TwilioCompliance(*access)
        match review.kind:
            case "bundle":
                wanted = drafts.bundle(review, facts, await self._document(tenant, review.country))
                return {"provider_sid": await twilio.submit_bundle(wanted)}
            case "address":
                there, numbers = drafts.emergency_address(review, facts), await _numbers(tenant, review.country)
                sid = await TwilioEmergency(*access).register(there, numbers, name=drafts.name_of(review))
                return {"provider_sid": sid}
            case "profile":
                sid, beside = await TwilioTrustHub(*access).submit(drafts.profile(review, facts))
                return {"provider_sid": sid, "service_sid": beside}
            case "brand":
                profile, a2p_profile = await missing.profiles(tenant, review.country, facts)
                sid = await twilio.register_brand(profile_sid=profile, a2p_profile_sid=a2p_profile)
                return {"provider_sid": sid}
        name = await tenant.fetch_val(select(organisations.c.name).where(organisations.c.id == tenant.organisation_id))
        brand = (await reviews.of(tenant))[(review.country, "brand")]
        campaign = drafts.campaign(facts, name, brand.provider_sid or "")
        service_sid, sid = await twilio.register_campaign(campaign, await _numbers(tenant, review.country))
        return {"provider_sid": sid, "service_sid": service_sid}

    async def _look(self, tenant: Tenant, account: ProviderAccount, review: Review) -> compliance.Review:
        access = (self._transport, account.account_sid, account.auth_token)
        twilio, sid, beside = TwilioCompliance(*access), review.provider_sid or "", review.service_sid or ""
        match review.kind:
            case "bundle":
                return await twilio.bundle(sid)
            case "address":
                return await TwilioEmergency(*access).look(await _numbers(tenant, review.country))
            case "profile":
                return await TwilioTrustHub(*access).look(sid, beside)
            case "brand":
                return await twilio.brand(sid)
        return await twilio.campaign(beside, sid)

    async def _document(self, tenant: Tenant, country: str) -> Document:
        newest = (await documents.of_item(tenant, country, "business"))[-1]
        content = await documents.content(tenant, self._vault, newest.id)
        return Document(newest.name, newest.content_type, content)


async def _decide(tenant: Tenant, review: Review, found: compliance.Review) -> None:
    """Keep the decision, and tell who asked for it."""
    is_approved = found.standing == "approved"
    words = _("Twilio has approved what you sent for a country.")
    if not is_approved:
        words = _("Twilio has rejected what you sent for a country. Read why, and send it again.")
    async with tenant.transaction():
        state: reviews.State = "approved" if is_approved else "rejected"
        if not await reviews.stands(tenant, review, state, reason=found.reason[:1000]):
            return
        row = await tenant.fetch_one(
            select(users.c.id).where(
                users.c.organisation_id == tenant.organisation_id, users.c.id == review.asked_by_id
            )
        )
        whom = [row.id] if row is not None else []
        await notifications.notify(tenant, whom, DECIDED, words=words, address="/settings/provisioning")


async def _numbers(tenant: Tenant, country: str) -> list[str]:
    """The messaging numbers of the country."""
    every: list[Any] = await company_numbers.all_of(tenant)
    return [one.number for one in every if one.purpose != "former" and phone.region_of(one.number).lower() == country]
