"""The policies of the sandbox's Trust Hub: what a profile must tell, as Twilio lists it."""

from collections.abc import Mapping, Sequence
from typing import Any

PRIMARY, PROFILE, MESSAGING = (f"RN{place:032x}" for place in (1, 2, 3))

_BUSINESS: Mapping[str, Sequence[str]] = {
    "customer_profile_business_information": (
        *("business_name", "business_type", "business_industry", "business_registration_number", "website_url"),
    ),
    "authorized_representative_1": (
        *("first_name", "last_name", "email", "phone_number", "business_title", "job_position"),
    ),
}
_END_USERS: Mapping[str, Mapping[str, Sequence[str]]] = {
    PRIMARY: _BUSINESS,
    PROFILE: _BUSINESS,
    MESSAGING: {"us_a2p_messaging_profile_information": ("company_type",)},
}
_NAMES = {
    PRIMARY: "Primary Customer Profile of type Business",
    PROFILE: "Secondary Customer Profile of type Business",
    MESSAGING: "A2P Messaging Profile of type Business",
}
_HANGS_ON = {PROFILE: "primary_customer_profile_type_business", MESSAGING: "secondary_customer_profile_type_business"}
_ADDRESS = "customer_profile_address"

NEEDED: Mapping[str, Sequence[str]] = {
    PROFILE: (*(name for fields in _BUSINESS.values() for name in fields), "address_sids"),
    MESSAGING: ("company_type",),
}
"""What must be told of somebody, by the policy of a profile that is made over the API."""


def listed() -> list[dict[str, Any]]:
    """All of them, as Twilio shows them."""
    return [_shown(sid, name) for sid, name in _NAMES.items()]


def _shown(sid: str, name: str) -> dict[str, Any]:
    end_users = [
        {"url": f"/EndUserTypes/{kind}", "fields": list(fields), "type": kind, "name": kind, "requirement_name": kind}
        for kind, fields in _END_USERS[sid].items()
    ]
    profiles = [{"type": _HANGS_ON[sid], "name": "Customer Profile"}] if sid in _HANGS_ON else []
    documents = [] if sid == MESSAGING else [[{"type": "document", "requirement_name": _ADDRESS}]]
    requirements = {
        "end_user": end_users,
        "supporting_trust_products": [],
        "supporting_document": documents,
        "supporting_customer_profiles": profiles,
    }
    url = f"https://trusthub.twilio.com/v1/Policies/{sid}"
    return {"sid": sid, "friendly_name": name, "requirements": requirements, "url": url}
