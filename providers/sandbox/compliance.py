"""What the sandbox keeps of bundles, brands and campaigns: they advance by themselves, and some are rejected.

A post box in an address is rejected as Twilio would, and so is an EIN profile that ends in four zeros; everything
else is approved after `reviewed_after` seconds. The control can decide earlier.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NEEDED: Mapping[str, tuple[str, ...]] = {
    "AU": ("business_name", "business_registration_number", "business_address"),
    "GB": ("business_name", "business_registration_number", "business_address", "business_website"),
}
"""What the business of a bundle must tell, by country."""
_ENDS: Mapping[str, tuple[str, str]] = {
    "BU": ("twilio-rejected", "twilio-approved"),
    "QE": ("FAILED", "VERIFIED"),
    "PN": ("registration-failure", "registered"),
}
"""How a review ends, by the kind of what was looked at."""
_POST_BOX = ("po box", "p.o. box", "post box", "gpo box")


@dataclass(slots=True)
class Resource:
    """One thing at Twilio: what it was made with, and where its review stands."""

    account_sid: str
    sid: str
    values: dict[str, Any]
    items: list["Resource"] = field(default_factory=list)
    status: str = "draft"
    reason: str = ""
    sent_at: float | None = None


class Compliance:
    """The regulatory resources of all accounts, by kind and SID."""

    def __init__(self, reviewed_after: float = 20.0) -> None:
        self.reviewed_after = reviewed_after
        self._kept: dict[str, Resource] = {}

    def add(self, account_sid: str, prefix: str, values: Mapping[str, Any], **more: Any) -> Resource:
        """A new one whose SID begins with `prefix`."""
        one = Resource(account_sid, prefix + secrets.token_hex(16), dict(values), **more)
        self._kept[one.sid] = one
        return one

    def register(self, number_sid: str, address: Resource) -> None:
        """Help for a number goes to this address from now on, once that is looked at."""
        one = self._kept[number_sid] = Resource(address.account_sid, number_sid, {}, [address])
        self.send(one, "pending-registration")

    def get(self, account_sid: str, sid: str) -> Resource | None:
        """The one of an account, as it stands now."""
        one = self._kept.get(sid)
        if one is None or one.account_sid != account_sid:
            return None
        self._advance(one)
        return one

    def of(self, account_sid: str, prefix: str) -> list[Resource]:
        """Those of an account whose SIDs begin with `prefix`, as they stand now."""
        found = [one for one in self._kept.values() if one.account_sid == account_sid and one.sid.startswith(prefix)]
        for one in found:
            self._advance(one)
        return found

    def delete(self, one: Resource) -> None:
        """It is gone."""
        del self._kept[one.sid]

    def send(self, one: Resource, status: str) -> None:
        """It waits for its review, from now on, under this status."""
        one.status, one.reason, one.sent_at = status, "", time.monotonic()

    def decide(self, sid: str, status: str, reason: str) -> bool:
        """The review of one ends now; whether there is such a thing."""
        one = self._kept.get(sid)
        if one is None:
            return False
        one.status, one.reason, one.sent_at = status, reason, None
        return True

    def _advance(self, one: Resource) -> None:
        if one.sent_at is None:
            return
        waited = time.monotonic() - one.sent_at
        is_bundle = one.sid.startswith("BU")
        if waited >= self.reviewed_after:
            one.reason, one.sent_at = _complaint(one), None
            words = _ENDS.get(one.sid[:2], ("FAILED", "APPROVED"))
            one.status = words[0] if one.reason else words[1]
        elif waited >= self.reviewed_after / 2 and is_bundle:
            one.status = "in-review"


def missing(bundle: Resource) -> list[str]:
    """What an evaluation finds missing in a bundle."""
    lacks = not_told(bundle, NEEDED[bundle.values["country"]])
    has_file = any(item.values.get("mime_type") for item in bundle.items)
    return lacks if has_file else [*lacks, "A supporting document is missing."]


def not_told(bundle: Resource, names: Sequence[str]) -> list[str]:
    """A sentence for each of these facts that no item of a bundle tells."""
    told: dict[str, Any] = {}
    for item in bundle.items:
        told |= item.values.get("attributes") or {}
    return [f"{name.replace('_', ' ').capitalize()} is missing." for name in names if not told.get(name)]


def _complaint(one: Resource) -> str:
    texts = [one.values, *(item.values for item in one.items)]
    if any(box in str(text).lower() for text in texts for box in _POST_BOX):
        return "The address is a post box. Give the address at which the business is."
    profile = str(one.values.get("a2p_profile_bundle_sid", ""))
    return "The EIN and the legal name do not belong together." if profile.endswith("0000") else ""
