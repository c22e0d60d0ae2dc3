"""What is missing before something can be sent to the provider."""

from inbox.errors import Refused
from inbox.languages import _
from inbox.provisioning import documents, progress, reviews
from inbox.provisioning.checklists import CHECKLISTS
from inbox.provisioning.drafts import Facts
from inbox.provisioning.reviews import COVERS, Kind
from inbox.storage.database import Tenant

_LEAST = {"opt_in": 40, "sample": 20, "sample_2": 20}
"""Characters that Twilio asks for: https://www.twilio.com/docs/messaging/api/usapptoperson-resource"""


async def check(tenant: Tenant, country: str, kind: Kind, *, has_number: bool) -> None:
    """Raise Refused with the first thing that is missing before this can be sent.

    `has_number` says whether there is a messaging number of the country.
    """
    facts = await progress.facts(tenant, country)
    await _check_items(tenant, country, kind, facts)
    if kind == "brand" and not all(await profiles(tenant, country, facts)):
        raise Refused(_("The customer profile has to be approved first."))
    if kind == "campaign":
        brand = (await reviews.of(tenant)).get((country, "brand"))
        if brand is None or brand.state != "approved":
            raise Refused(_("The brand has to be approved first."))
    if kind in ("campaign", "address") and not has_number:
        name = CHECKLISTS[country].name
        raise Refused(_("First choose a number of this country (%(name)s), under Settings, Company.", name=name))


async def profiles(tenant: Tenant, country: str, facts: Facts) -> tuple[str, str]:
    """The SIDs of the customer profile and of the A2P profile: those that were typed, else those approved from here."""
    # Before there was an item for it, they were brought with the brand.
    typed = {**facts.get("brand", {}), **{name: sid for name, sid in facts.get("profile", {}).items() if sid}}
    if typed.get("profile") and typed.get("a2p_profile"):
        return typed["profile"], typed["a2p_profile"]
    review = (await reviews.of(tenant)).get((country, "profile"))
    if review is None or review.state != "approved":
        return "", ""
    return review.provider_sid or "", review.service_sid or ""


async def _check_items(tenant: Tenant, country: str, kind: Kind, facts: Facts) -> None:
    for item in CHECKLISTS[country].items:
        if item.key not in COVERS[kind]:
            continue
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
