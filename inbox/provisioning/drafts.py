"""What is sent to the provider for a country, made of what was brought for it."""

import hashlib
from collections.abc import Mapping

from inbox.provisioning.reviews import Review
from providers.twilio.addresses import Address
from providers.twilio.compliance import Bundle, Campaign, Document
from providers.twilio.trust_hub import Profile

Facts = Mapping[str, Mapping[str, str]]
"""What was brought, by item and field."""


def name_of(review: Review) -> str:
    """Another round has another name, and the same one finds what a worker that died has left at the provider."""
    round_of = hashlib.sha256(f"{review.id}/{review.asked_at.isoformat()}".encode()).hexdigest()[:12]
    return f"Shared Inbox {review.country.upper()} {round_of}"


def bundle(review: Review, facts: Facts, document: Document) -> Bundle:
    """The documents of Australia or the United Kingdom."""
    business, contact = facts["business"], facts["contact"]
    first_name, _blank, last_name = contact["name"].partition(" ")
    told = {
        "business_name": business["name"],
        "business_registration_number": business["register_number"],
        "business_address": business.get("address") or facts["address"]["address"],
        "business_website": business.get("website", ""),
        "business_registration_authority": business.get("authority", ""),
        "emergency_address": ", ".join(filter(None, facts.get("emergency", {}).values())),
        "first_name": first_name,
        "last_name": last_name,
        "email": contact["email"],
        "phone_number": contact["phone"],
    }
    known = {name: value for name, value in told.items() if value}
    return Bundle(
        name=name_of(review),
        country=review.country.upper(),
        email=contact["email"],
        business=known,
        document=document,
        document_facts={name: known[name] for name in ("business_name", "business_registration_number")},
    )


def emergency_address(review: Review, facts: Facts) -> Address:
    """Where help is sent."""
    there = facts["emergency"]
    of = facts.get("business", {}).get("name") or "Shared Inbox"
    return Address(of, there["street"], there["city"], there["region"], there["postal_code"], review.country.upper())


def profile(review: Review, facts: Facts) -> Profile:
    """Who the company is; the names of the facts are those of Twilio's policies."""
    business, contact, more = facts["business"], facts["contact"], facts["profile"]
    first_name, _blank, last_name = contact["name"].partition(" ")
    return Profile(
        name=name_of(review),
        email=contact["email"],
        business={
            "business_name": business["name"],
            "business_identity": "direct_customer",
            "business_type": more["business_type"],
            "business_industry": more["industry"],
            "business_registration_identifier": "EIN",
            "business_registration_number": business["ein"],
            "business_regions_of_operation": "USA_AND_CANADA",
            "website_url": more["website"],
        },
        representative={
            "first_name": first_name,
            "last_name": last_name or first_name,
            "email": contact["email"],
            "phone_number": contact["phone"],
            "business_title": more["title"],
            "job_position": more["position"],
        },
        address=Address(
            business["name"], business["address"], business["city"], business["region"], business["postal_code"], "US"
        ),
    )


def campaign(facts: Facts, organisation: str, brand_sid: str) -> Campaign:
    """What is texted in the United States."""
    told = facts["campaign"]
    return Campaign(
        name=f"{organisation}, US texts",
        brand_sid=brand_sid,
        description=f"{organisation} texts candidates who applied about their applications and interviews.",
        message_flow=told["opt_in"],
        samples=(told["sample"], told["sample_2"]),
    )
