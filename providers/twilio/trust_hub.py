"""Who a company in the United States is, as Twilio's Trust Hub asks: a customer profile and an A2P messaging profile.

Source: https://www.twilio.com/docs/messaging/compliance/a2p-10dlc/onboarding-isv-api. A profile hangs on the account's
primary one, which Twilio lets people make in its console alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twilio.rest import Client  # type: ignore[import-untyped]

from providers.contract import Refused
from providers.twilio import policies
from providers.twilio.addresses import Address, made
from providers.twilio.client import answers_read_carefully
from providers.twilio.compliance import Review, errors_of, missing_in, standing_of
from providers.twilio.policies import Policies
from providers.twilio.transport import TwilioTransport


@dataclass(frozen=True, slots=True)
class Profile:
    """Who the company is and who signs for it, with Twilio's names of the facts; `name` finds it again."""

    name: str
    email: str
    business: Mapping[str, str]
    representative: Mapping[str, str]
    address: Address


class TwilioTrustHub:
    """The Trust Hub of one account at Twilio. Every method raises `ProviderError`.

    What is sent twice is one: each look first for what an earlier try has left at Twilio.
    """

    def __init__(self, transport: TwilioTransport, account_sid: str, auth_token: str) -> None:
        self._twilio = Client(account_sid, auth_token, http_client=transport, environment={"TWILIO_REGION": ""})
        self._hub = self._twilio.trusthub.v1

    async def submit(self, wanted: Profile) -> tuple[str, str]:
        """Bring both profiles and ask for their reviews; their SIDs. Refused with what Twilio finds missing."""
        with answers_read_carefully():
            found = await self._hub.customer_profiles.list_async(friendly_name=wanted.name, limit=1)
            profile = found[0] if found else await self._new_profile(wanted, await policies.read(self._hub))
            await _send(self._hub.customer_profiles(profile.sid), profile, "customer_profiles_evaluations")
            found = await self._hub.trust_products.list_async(friendly_name=wanted.name, limit=1)
            product = found[0] if found else await self._new_messaging_profile(wanted, str(profile.sid))
            await _send(self._hub.trust_products(product.sid), product, "trust_products_evaluations")
            return str(profile.sid), str(product.sid)

    async def look(self, profile_sid: str, messaging_profile_sid: str) -> Review:
        """How far both are: approved when each is, rejected when one of them is."""
        with answers_read_carefully():
            both = (
                await self._hub.customer_profiles(profile_sid).fetch_async(),
                await self._hub.trust_products(messaging_profile_sid).fetch_async(),
            )
        standings = [standing_of(one.status) for one in both]
        if "rejected" in standings:
            return Review("rejected", " ".join(filter(None, (errors_of(one.errors) for one in both))))
        return Review("approved" if standings == ["approved", "approved"] else "waiting")

    async def _new_profile(self, wanted: Profile, known: Policies) -> Any:
        primary = [
            one
            for policy_sid in known.primary
            for one in await self._hub.customer_profiles.list_async(policy_sid=policy_sid, limit=1)
        ][:1]
        business = await self._end_user(wanted.name, "customer_profile_business_information", wanted.business)
        signs = await self._end_user(wanted.name, "authorized_representative_1", wanted.representative)
        address_sid = await made(self._twilio, wanted.address, name=wanted.name)
        document = await self._hub.supporting_documents.create_async(
            friendly_name=wanted.name, type="customer_profile_address", attributes={"address_sids": address_sid}
        )
        profile = await self._hub.customer_profiles.create_async(
            friendly_name=wanted.name, email=wanted.email, policy_sid=known.profile
        )
        items = [business, signs, str(document.sid), *(str(one.sid) for one in primary)]
        await _assign(self._hub.customer_profiles(profile.sid).customer_profiles_entity_assignments, items)
        return profile

    async def _new_messaging_profile(self, wanted: Profile, profile_sid: str) -> Any:
        company = await self._end_user(wanted.name, "us_a2p_messaging_profile_information", {"company_type": "private"})
        product = await self._hub.trust_products.create_async(
            friendly_name=wanted.name, email=wanted.email, policy_sid=(await policies.read(self._hub)).messaging
        )
        await _assign(self._hub.trust_products(product.sid).trust_products_entity_assignments, [company, profile_sid])
        return product

    async def _end_user(self, name: str, kind: str, attributes: Mapping[str, str]) -> str:
        made_now = await self._hub.end_users.create_async(friendly_name=name, type=kind, attributes=dict(attributes))
        return str(made_now.sid)


async def _assign(assignments: Any, sids: Sequence[str]) -> None:
    for sid in sids:
        await assignments.create_async(object_sid=sid)


async def _send(bundle: Any, stands: Any, evaluations: str) -> None:
    """Ask for the review of what is a draft yet. Raises Refused with what an evaluation finds missing."""
    if stands.status != "draft":
        return
    evaluation = await getattr(bundle, evaluations).create_async(policy_sid=stands.policy_sid)
    if evaluation.status != "compliant":
        raise Refused(missing_in(evaluation.results))
    await bundle.update_async(status="pending-review")
