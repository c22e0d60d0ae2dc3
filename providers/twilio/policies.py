"""The policies of Twilio's Trust Hub, found in its list by what they ask for, as their SIDs are Twilio's to change.

Source: https://www.twilio.com/docs/trust-hub/trusthub-rest-api/policies
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from providers.contract import Refused

_BUSINESS = "customer_profile_business_information"
_PRIMARY = "primary_customer_profile_type_business"
_MESSAGING = "us_a2p_messaging_profile_information"
_MOST = 200


@dataclass(frozen=True, slots=True)
class Policies:
    """The SIDs of those that a customer profile and an A2P messaging profile of a business are made by."""

    primary: Sequence[str]
    """Of the profile that an account has of itself, in the order of the list."""
    profile: str
    messaging: str


async def read(hub: Any) -> Policies:
    """Those that Twilio lists now. Raises `ProviderError`, Refused where it lists none for a business."""
    listed = await hub.policies.list_async(limit=_MOST)
    of_business = [one for one in listed if _BUSINESS in _types(one, "end_user")]
    profile = [one.sid for one in of_business if _PRIMARY in _types(one, "supporting_customer_profiles")]
    messaging = [one.sid for one in listed if _MESSAGING in _types(one, "end_user")]
    if not (profile and messaging):
        raise Refused("Twilio lists no policy for the profiles of a business.")
    primary = [one.sid for one in of_business if not _types(one, "supporting_customer_profiles")]
    return Policies(primary, profile[0], messaging[0])


def _types(policy: Any, part: str) -> set[str]:
    """What a policy asks for in a part of its requirements, by Twilio's names of the kinds."""
    return {str(one.get("type")) for one in (policy.requirements or {}).get(part) or () if isinstance(one, dict)}
