"""What Twilio wants to know before a number of a country may text: bundles of documents, brands and campaigns.

Sources: https://www.twilio.com/docs/phone-numbers/regulatory/api and
https://www.twilio.com/docs/messaging/compliance/a2p-10dlc/onboarding-isv-api
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from twilio.rest import Client  # type: ignore[import-untyped]

from providers.contract import Refused
from providers.twilio.client import answers_read_carefully
from providers.twilio.transport import TwilioTransport

_UPLOAD = "https://numbers-upload.twilio.com/v2/RegulatoryCompliance/SupportingDocuments"

Standing = Literal["waiting", "approved", "rejected"]
_STANDINGS: Mapping[str, Standing] = {
    "twilio-approved": "approved",
    "provisionally-approved": "approved",
    "twilio-rejected": "rejected",
    "APPROVED": "approved",
    "VERIFIED": "approved",
    "FAILED": "rejected",
    "SUSPENDED": "rejected",
}


@dataclass(frozen=True, slots=True)
class Review:
    """How far the provider is with something; `reason` is its own words for a rejection."""

    standing: Standing
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that proves something."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """Who texts from numbers of a country (ISO 3166), and what proves it; `name` finds it again."""

    name: str
    country: str
    email: str
    business: Mapping[str, str]
    document: Document
    document_facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Campaign:
    """What is texted in the United States, in whose name and how people agree to it."""

    name: str
    brand_sid: str
    description: str
    message_flow: str
    samples: Sequence[str]


class TwilioCompliance:
    """The regulatory side of one account at Twilio. Every method raises `ProviderError`.

    What is sent twice is one: each look first for what an earlier try has left at Twilio.
    """

    def __init__(self, transport: TwilioTransport, account_sid: str, auth_token: str) -> None:
        self._transport = transport
        self._auth = (account_sid, auth_token)
        self._twilio = Client(account_sid, auth_token, http_client=transport, environment={"TWILIO_REGION": ""})
        self._rules = self._twilio.numbers.v2.regulatory_compliance

    async def submit_bundle(self, wanted: Bundle) -> str:
        """Bring everything and ask for the review; the bundle's SID. Refused with what Twilio finds missing."""
        with answers_read_carefully():
            found = await self._rules.bundles.list_async(friendly_name=wanted.name, limit=1)
            bundle = found[0] if found else await self._new_bundle(wanted)
            if bundle.status == "draft":
                evaluation = await self._rules.bundles(bundle.sid).evaluations.create_async()
                if evaluation.status != "compliant":
                    raise Refused(missing_in(evaluation.results))
                await self._rules.bundles(bundle.sid).update_async(status="pending-review")
            return str(bundle.sid)

    async def bundle(self, sid: str) -> Review:
        """How far the review is; the reason is that of its documents."""
        with answers_read_carefully():
            status = (await self._rules.bundles(sid).fetch_async()).status
            return Review(standing_of(status), await self._bundle_reason(sid) if status == "twilio-rejected" else "")

    async def register_brand(self, *, profile_sid: str, a2p_profile_sid: str) -> str:
        """Register the company, or have one that failed looked at again; the brand's SID."""
        with answers_read_carefully():
            known = await self._twilio.messaging.v1.brand_registrations.list_async(limit=50)
            for brand in known:
                if brand.a2p_profile_bundle_sid == a2p_profile_sid:
                    if brand.status == "FAILED":
                        await self._twilio.messaging.v1.brand_registrations(brand.sid).update_async()
                    return str(brand.sid)
            new = await self._twilio.messaging.v1.brand_registrations.create_async(
                customer_profile_bundle_sid=profile_sid, a2p_profile_bundle_sid=a2p_profile_sid
            )
            return str(new.sid)

    async def brand(self, sid: str) -> Review:
        """How far the registration is."""
        with answers_read_carefully():
            found = await self._twilio.messaging.v1.brand_registrations(sid).fetch_async()
            return Review(standing_of(found.status), found.failure_reason or errors_of(found.errors))

    async def register_campaign(self, wanted: Campaign, numbers: Sequence[str]) -> tuple[str, str]:
        """Register what is texted on a messaging service with these numbers; the SIDs of the service and of it."""
        with answers_read_carefully():
            service_sid = await self._service(wanted.name)
            service = self._twilio.messaging.v1.services(service_sid)
            known = await service.us_app_to_person.list_async(limit=1)
            if known and known[0].campaign_status == "FAILED":
                await service.us_app_to_person(known[0].sid).delete_async()
                known = []
            campaign = (
                known[0]
                if known
                else await service.us_app_to_person.create_async(
                    brand_registration_sid=wanted.brand_sid,
                    description=wanted.description,
                    message_flow=wanted.message_flow,
                    message_samples=list(wanted.samples),
                    us_app_to_person_usecase="MIXED",
                    has_embedded_links=True,
                    has_embedded_phone=True,
                )
            )
            await self._add_numbers(service, numbers)
            return service_sid, str(campaign.sid)

    async def campaign(self, service_sid: str, sid: str) -> Review:
        """How far the registration is."""
        with answers_read_carefully():
            service = self._twilio.messaging.v1.services(service_sid)
            found = await service.us_app_to_person(sid).fetch_async()
            return Review(standing_of(found.campaign_status), errors_of(found.errors))

    async def _new_bundle(self, wanted: Bundle) -> Any:
        regulations = await self._rules.regulations.list_async(
            iso_country=wanted.country, number_type="mobile", end_user_type="business", limit=1
        )
        if not regulations:
            raise Refused(f"Twilio has no rules for mobile numbers of {wanted.country}.")
        end_user = await self._rules.end_users.create_async(
            friendly_name=wanted.name, type="business", attributes=dict(wanted.business)
        )
        fields = {
            "FriendlyName": wanted.name,
            "Type": "business_registration",
            "Attributes": json.dumps(dict(wanted.document_facts)),
        }
        one = wanted.document
        answer = await self._transport.upload(_UPLOAD, fields, one.name, one.content, one.content_type, self._auth)
        bundle = await self._rules.bundles.create_async(
            friendly_name=wanted.name, email=wanted.email, regulation_sid=regulations[0].sid
        )
        for sid in (end_user.sid, json.loads(answer.text)["sid"]):
            await self._rules.bundles(bundle.sid).item_assignments.create_async(object_sid=sid)
        return bundle

    async def _bundle_reason(self, sid: str) -> str:
        items = await self._rules.bundles(sid).item_assignments.list_async(limit=20)
        documents = [one.object_sid for one in items if str(one.object_sid).startswith("RD")]
        found = [(await self._rules.supporting_documents(one).fetch_async()).failure_reason for one in documents]
        return " ".join(filter(None, found))

    async def _service(self, name: str) -> str:
        for service in await self._twilio.messaging.v1.services.list_async(limit=200):
            if service.friendly_name == name:
                return str(service.sid)
        # Texts come in where the numbers' own webhooks lead.
        new = await self._twilio.messaging.v1.services.create_async(
            friendly_name=name, use_inbound_webhook_on_number=True
        )
        return str(new.sid)

    async def _add_numbers(self, service: Any, numbers: Sequence[str]) -> None:
        there = {one.phone_number for one in await service.phone_numbers.list_async(limit=400)}
        for number in numbers:
            owned = await self._twilio.incoming_phone_numbers.list_async(phone_number=number, limit=1)
            if owned and number not in there:
                await service.phone_numbers.create_async(phone_number_sid=owned[0].sid)


def standing_of(status: str | None) -> Standing:
    """What one of Twilio's states means."""
    return _STANDINGS.get(status or "", "waiting")


def errors_of(errors: Any) -> str:
    """The words of Twilio's list of errors."""
    told = [one.get("description") or one.get("detail") or "" for one in errors or () if isinstance(one, dict)]
    return " ".join(filter(None, told))


def missing_in(results: Any) -> str:
    """What an evaluation finds missing, as Twilio says it."""
    wrong = [one for one in results or () if isinstance(one, dict) and not one.get("passed")]
    told = [str(one.get("failure_reason") or one.get("friendly_name") or "") for one in wrong]
    return " ".join(filter(None, told)) or "Twilio finds the documents incomplete."
