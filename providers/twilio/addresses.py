"""Addresses at Twilio, and those at which help arrives when somebody calls it from a number of ours.

Sources: https://www.twilio.com/docs/usage/api/address and
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource (EmergencyAddressSid).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twilio.rest import Client  # type: ignore[import-untyped]

from providers.contract import Refused
from providers.twilio.client import answers_read_carefully
from providers.twilio.compliance import Review
from providers.twilio.transport import TwilioTransport

MOST_NAME = 32
"""Characters of the name of an emergency address."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is; `country` as in ISO 3166, two letters."""

    of: str
    street: str
    city: str
    region: str
    postal_code: str
    country: str


class TwilioEmergency:
    """The emergency addresses of one account at Twilio. Every method raises `ProviderError`."""

    def __init__(self, transport: TwilioTransport, account_sid: str, auth_token: str) -> None:
        self._twilio = Client(account_sid, auth_token, http_client=transport, environment={"TWILIO_REGION": ""})

    async def register(self, wanted: Address, numbers: Sequence[str], *, name: str) -> str:
        """Have help sent to an address for these numbers (E.164); its SID. The same `name` is one address."""
        with answers_read_carefully():
            sid = await made(self._twilio, wanted, name=name, is_for_emergencies=True)
            for owned in await self._owned(numbers):
                if owned.emergency_address_sid != sid:
                    await self._twilio.incoming_phone_numbers(owned.sid).update_async(
                        emergency_status="Active", emergency_address_sid=sid
                    )
            return sid

    async def look(self, numbers: Sequence[str]) -> Review:
        """How far it is: approved when every number stands there, rejected when one cannot."""
        with answers_read_carefully():
            states = {owned.phone_number: owned.emergency_address_status for owned in await self._owned(numbers)}
        failed = sorted(number for number, state in states.items() if state == "registration-failure")
        if failed:
            return Review("rejected", f"Twilio cannot have help sent to this address for {', '.join(failed)}.")
        return Review("approved" if set(states.values()) == {"registered"} else "waiting")

    async def _owned(self, numbers: Sequence[str]) -> list[Any]:
        found = []
        for number in numbers:
            owned = await self._twilio.incoming_phone_numbers.list_async(phone_number=number, limit=1)
            if not owned:
                raise Refused(f"The account does not have {number}.")
            found += owned
        return found


async def made(twilio: Any, wanted: Address, *, name: str, is_for_emergencies: bool = False) -> str:
    """The SID of an address, new where none has this name yet. Refused for one that Twilio does not know."""
    known = await twilio.addresses.list_async(friendly_name=name[:MOST_NAME], limit=1)
    if known:
        return str(known[0].sid)
    new = await twilio.addresses.create_async(
        customer_name=wanted.of,
        street=wanted.street,
        city=wanted.city,
        region=wanted.region,
        postal_code=wanted.postal_code,
        iso_country=wanted.country,
        friendly_name=name[:MOST_NAME],
        emergency_enabled=is_for_emergencies,
    )
    return str(new.sid)
