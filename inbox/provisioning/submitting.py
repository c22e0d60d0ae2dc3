"""Brings to the provider what a country asks for, and looks until it has decided, ever less often."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.provisioning import company_numbers, credentials, documents, progress, reviews
from inbox.provisioning.checklists import CHECKLISTS, Item
from inbox.provisioning.reviews import COVERS, Kind, Review
from inbox.storage import notifications
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import organisations, users
from inbox.storage.vault import Vault
from providers import contract, phone
from providers.twilio import compliance
from providers.twilio.compliance import Bundle, Campaign, Document, TwilioCompliance
from providers.twilio.transport import TwilioTransport

FIRST_SECONDS, MOST_SECONDS = 15.0, 6 * 3600.0
"""Of the pauses between two looks, which double."""
DECIDED = "provisioning"
_LEAST = {"opt_in": 40, "sample": 20, "sample_2": 20}
"""Characters that Twilio asks for: https://www.twilio.com/docs/messaging/api/usapptoperson-resource"""


async def check(tenant: Tenant, country: str, kind: Kind) -> None:
    """Raise Refused with the first thing that is missing before this can be sent."""
    facts = await progress.facts(tenant, country)
    for item in _items(country, kind):
        for field in item.fields:
            value = facts.get(item.key, {}).get(field.name, "")
            least = _LEAST.get(field.name, 1)
            if field.is_for_hand_only or len(value) >= least:
                continue
            if not value:
                raise Refused(_("First enter “%(field)s” under “%(item)s”.", field=field.label, item=item.title))
            raise Refused(_("“%(field)s” needs at least %(least)s characters.", field=field.label, least=least))
        if item.document and not await documents.of_item(tenant, country, item.key):
            raise Refused(_("First add a file under “%(item)s”.", item=item.title))
    if kind == "campaign":
        brand = (await reviews.of(tenant)).get((country, "brand"))
        if brand is None or brand.state != "approved":
            raise Refused(_("The brand has to be approved first."))
        if not await _numbers(tenant, country):
            raise Refused(_("First choose a number of the United States, under Settings, Company."))


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
        twilio = TwilioCompliance(self._transport, account.account_sid, account.auth_token)
        try:
            if review.state == "sending":
                sids = await self._send(tenant, twilio, review)
                await reviews.stands(tenant, review, "sent", **sids)
                return Postponed(FIRST_SECONDS)
            found = await _look(twilio, review)
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

    async def _send(self, tenant: Tenant, twilio: TwilioCompliance, review: Review) -> Mapping[str, str]:
        """What the provider calls it. Raises ProviderError, Refused."""
        await check(tenant, review.country, review.kind)
        facts = await progress.facts(tenant, review.country)
        if review.kind == "bundle":
            return {"provider_sid": await twilio.submit_bundle(await self._bundle(tenant, review, facts))}
        if review.kind == "brand":
            brand = facts["brand"]
            sid = await twilio.register_brand(profile_sid=brand["profile"], a2p_profile_sid=brand["a2p_profile"])
            return {"provider_sid": sid}
        name = await tenant.fetch_val(select(organisations.c.name).where(organisations.c.id == tenant.organisation_id))
        known = (await reviews.of(tenant))[(review.country, "brand")]
        told = facts["campaign"]
        wanted = Campaign(
            name=f"{name}, US texts",
            brand_sid=known.provider_sid or "",
            description=f"{name} texts candidates who applied about their applications and interviews.",
            message_flow=told["opt_in"],
            samples=(told["sample"], told["sample_2"]),
        )
        service_sid, sid = await twilio.register_campaign(wanted, await _numbers(tenant, review.country))
        return {"provider_sid": sid, "service_sid": service_sid}

    async def _bundle(self, tenant: Tenant, review: Review, facts: Mapping[str, Mapping[str, str]]) -> Bundle:
        business, contact = facts["business"], facts["contact"]
        newest = (await documents.of_item(tenant, review.country, "business"))[-1]
        content = await documents.content(tenant, self._vault, newest.id)
        address = business.get("address") or facts["address"]["address"]
        told = {
            "business_name": business["name"],
            "business_registration_number": business["register_number"],
            "business_address": address,
            "business_website": business.get("website", ""),
            "business_registration_authority": business.get("authority", ""),
            "emergency_address": facts.get("address", {}).get("emergency", ""),
            "first_name": contact["name"].partition(" ")[0],
            "last_name": contact["name"].partition(" ")[2],
            "email": contact["email"],
            "phone_number": contact["phone"],
        }
        known = {name: value for name, value in told.items() if value}
        # Another round has another name, and the same one finds what a worker that died has left at Twilio.
        round_of = hashlib.sha256(f"{review.id}/{review.asked_at.isoformat()}".encode()).hexdigest()[:12]
        return Bundle(
            name=f"Shared Inbox {review.country.upper()} {round_of}",
            country=review.country.upper(),
            email=contact["email"],
            business=known,
            document=Document(newest.name, newest.content_type, content),
            document_facts={name: known[name] for name in ("business_name", "business_registration_number")},
        )


async def _look(twilio: TwilioCompliance, review: Review) -> compliance.Review:
    sid = review.provider_sid or ""
    if review.kind == "bundle":
        return await twilio.bundle(sid)
    if review.kind == "brand":
        return await twilio.brand(sid)
    return await twilio.campaign(review.service_sid or "", sid)


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


def _items(country: str, kind: Kind) -> list[Item]:
    return [item for item in CHECKLISTS[country].items if item.key in COVERS[kind]]


async def _numbers(tenant: Tenant, country: str) -> list[str]:
    """The messaging numbers of the country."""
    every: list[Any] = await company_numbers.all_of(tenant)
    return [one.number for one in every if one.purpose != "former" and phone.region_of(one.number).lower() == country]
