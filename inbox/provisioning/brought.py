"""How the facts are written that a country asks for, so that a slip shows here and not after days of review.

Sources: https://abr.business.gov.au/Help/AbnFormat (an ABN has 11 digits, of which 9 can be an ACN),
https://www.irs.gov/businesses/small-businesses-self-employed/employer-id-numbers (an EIN has 9) and
https://www.twilio.com/docs/glossary/what-is-a-sid.
"""

import re
from collections.abc import Callable, Mapping

from inbox.languages import _
from providers import phone

_EMAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\".]+")
_WEBSITE = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?")
_POSTAL_CODES = {
    "au": (re.compile(r"\d{4}"), _("A postcode of Australia has 4 digits.")),
    "gb": (
        re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE),
        _("A postcode of the United Kingdom is like SW1A 1AA."),
    ),
    "us": (re.compile(r"\d{5}(?:-\d{4})?"), _("A ZIP code has 5 digits, or 9 as in 10001-1234.")),
}
_BETWEEN_DIGITS = re.compile(r"[\s-]")
_SIDS = {"profile": "BU", "a2p_profile": "BU", "brand_id": "BN", "campaign_id": "QE"}


def wrong_with(country: str, facts: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each fact that is written as none of its kind can be; an empty one is only missing."""
    looked_at = {name: _LOOKS[name](country, value) for name, value in facts.items() if value and name in _LOOKS}
    return {name: sentence for name, sentence in looked_at.items() if sentence}


def _email(_country: str, value: str) -> str | None:
    return None if _EMAIL.fullmatch(value) else _("Enter an e-mail such as jo@example.com.")


def _phone(_country: str, value: str) -> str | None:
    if not value.startswith("+"):
        return _("Write it with its country code, such as +61 491 570 156.")
    try:
        phone.to_e164(value)
    except phone.NotAPhoneNumber as error:
        return _(error.message, typed=error.typed)
    return None


def _website(_country: str, value: str) -> str | None:
    return None if _WEBSITE.fullmatch(value) else _("Enter a website such as https://example.com.")


def _register_number(country: str, value: str) -> str | None:
    digits = _BETWEEN_DIGITS.sub("", value)
    if country != "au" or (digits.isdecimal() and len(digits) in (9, 11)):
        return None
    return _("An ACN has 9 digits and an ABN 11. Copy it from the record.")


def _postal_code(country: str, value: str) -> str | None:
    written, sentence = _POSTAL_CODES[country]
    return None if written.fullmatch(value) else sentence


def _ein(_country: str, value: str) -> str | None:
    digits = _BETWEEN_DIGITS.sub("", value)
    return None if digits.isdecimal() and len(digits) == 9 else _("An EIN has 9 digits, such as 12-3456789.")


def _sid(name: str) -> Callable[[str, str], str | None]:
    begins = _SIDS[name]
    written = re.compile(rf"{begins}[0-9a-fA-F]{{32}}")

    def look(_country: str, value: str) -> str | None:
        if written.fullmatch(value):
            return None
        return _("It is %(begins)s and 32 digits and letters from a to f. Copy it from Twilio.", begins=begins)

    return look


_LOOKS: Mapping[str, Callable[[str, str], str | None]] = {
    "email": _email,
    "phone": _phone,
    "website": _website,
    "register_number": _register_number,
    "ein": _ein,
    "postal_code": _postal_code,
} | {name: _sid(name) for name in _SIDS}
