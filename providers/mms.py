"""Between which numbers pictures travel.

Twilio sends MMS from numbers of the US and Canada within these two, and from Australian mobile numbers within
Australia; nowhere else, the United Kingdom included.
Source: https://help.twilio.com/articles/223181608-Can-I-send-or-receive-MMS-messages-
"""

import re

from providers.phone import region_of

_ZONES = ({"US", "CA"}, {"AU"})
_FICTION = re.compile(r"\+1[2-9]\d{2}55501\d{2}")
"""Numbers kept for stories, which no region lists: their area code tells as well whose they would be."""


def can_carry(sender: str, recipient: str) -> bool:
    """Whether a picture can be sent from one number (E.164) to the other."""
    pair = {_region(sender), _region(recipient)}
    return any(pair <= zone for zone in _ZONES)


def _region(number: str) -> str:
    """The region of a number, where it is one of those above."""
    if number.startswith("+61"):
        return "AU"
    if not number.startswith("+1"):
        return ""
    region = region_of(f"{number[:5]}2345678" if _FICTION.fullmatch(number) else number)
    return region if region in _ZONES[0] else ""
