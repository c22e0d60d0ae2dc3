"""Phone numbers: from what people type to E.164, and from E.164 to what people read."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult, timezone

HOME = "AU"
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Those that have numbers (ISO 3166, two letters)."""
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_HINT = "Write it with its country code, such as +61 491 570 156."
MISSING = f"Enter a phone number. {_HINT}"
HAS_LETTERS = f"“%(typed)s” has letters in it. {_HINT}"
NO_NUMBER = f"“%(typed)s” is not a phone number. {_HINT}"


class NotAPhoneNumber(ValueError):
    """The text is no phone number: `message` says why to the person who typed it, with `typed` to be filled in."""

    def __init__(self, message: str, typed: str = "") -> None:
        self.message = message
        self.typed = typed if len(typed) <= 30 else f"{typed[:29]}…"
        super().__init__(message % {"typed": self.typed})


def to_e164(text: str, region: str = HOME) -> str:
    """The E.164 form of a number typed nationally for `region` (ISO 3166, two letters) or with its "+".

    Raises `NotAPhoneNumber`. For what people type only: numbers that a provider names are kept as they
    are, because short codes and new ranges are unknown to the tables here.
    """
    typed = text.strip().removeprefix("tel:")
    if not typed:
        raise NotAPhoneNumber(MISSING)
    # The parser would read letters as a keypad does, and drop the one that was typed for a digit.
    if any(character.isalpha() for character in typed):
        raise NotAPhoneNumber(HAS_LETTERS, typed)
    number = _parsed(typed, region)
    if not _can_be_dialled(number):
        raise NotAPhoneNumber(NO_NUMBER, typed)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def region_of(e164: str) -> str:
    """The region (ISO 3166, two letters) whose number this is; HOME where it is of none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or HOME
    except phonenumbers.NumberParseException:
        return HOME


def country_of(e164: str) -> str:
    """The country (ISO 3166, two letters) of the number or of its country code; "ZZ" where there is none."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return "ZZ"
    region = phonenumbers.region_code_for_number(number)
    return region or phonenumbers.region_code_for_country_code(number.country_code or 0)


def time_zones(e164: str) -> tuple[str, ...]:
    """The names of the zones (IANA) in which the number may be; none when it is not known."""
    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(name for name in found if name != timezone.UNKNOWN_TIMEZONE)


@lru_cache(maxsize=20_000)
def readable(e164: str) -> str:
    """The number grouped as its country writes it, such as "+61 491 570 156"; anything odd is unchanged."""
    if not _E164.fullmatch(e164):
        return e164
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    if not phonenumbers.is_possible_number(number):
        return e164
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _parsed(typed: str, region: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as error:
        raise NotAPhoneNumber(NO_NUMBER, typed) from error


def _can_be_dialled(number: PhoneNumber) -> bool:
    # The tables lag behind new ranges and leave out those kept for fiction, so the length of a mobile
    # number of that country is enough.
    length = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    return phonenumbers.is_valid_number(number) or length == ValidationResult.IS_POSSIBLE
