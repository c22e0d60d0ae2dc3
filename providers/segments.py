"""How many segments a text costs: carriers cut long texts, and one odd character halves what fits.

The rules are GSM 03.38 (3GPP TS 23.038 and 23.040) as Twilio's own calculator applies them (npm
`sms-segments-calculator` 1.3.0, whose answers are the test data): GSM-7 when every character is in its
table, else UCS-2; 160 septets or 70 UTF-16 units in a single message, 153 or 67 in each of several,
because a header joins them; what a reader sees as one character is never cut in two.
"""

import re
from dataclasses import dataclass
from typing import Literal

import regex  # type: ignore[import-untyped]

from providers.smart_encoding import smart_encoded

_GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = "\f^{}\\[~]|€"

_ODD = re.compile(f"[^{re.escape(_GSM_BASIC + _GSM_EXTENSION)}]")
_WITH_ESCAPE = {ord(character): f"\x1b{character}" for character in _GSM_EXTENSION}
_CHARACTER = regex.compile(r"\r|\X")
"""One character as a reader sees it; a line break of two characters may be cut, so `\\r` stands alone."""
_ALONE = re.compile(
    "[\\0-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027€\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*"
)
"""Letters that never join their neighbours, in scripts that many texts are written in."""


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """What a text costs, before the provider has counted."""

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int
    """Septets in GSM-7, UTF-16 units in UCS-2."""
    limit: int
    """The units that fit in this number of segments."""
    odd_character: str | None
    """The first character that forces UCS-2, whole as a reader sees it."""
    smart: str
    """The text after Twilio's Smart Encoding: what goes out, and what to measure for the bill."""


def measure(text: str) -> SegmentCount:
    """Count a text as it stands; measure `.smart` again for what it costs with Smart Encoding."""
    odd = _ODD.search(text)
    if odd is None:
        septets = text.translate(_WITH_ESCAPE)
        units = len(septets)
        segments = 1 if units <= 160 else _segments_of_septets(septets)
        limit = 160 if segments == 1 else 153 * segments
        return SegmentCount("GSM-7", segments, units, limit, None, smart_encoded(text))
    units = _utf16_units(text)
    segments = 1 if units <= 70 else _segments_of_characters(text)
    limit = 70 if segments == 1 else 67 * segments
    odd_character = _character_around(text, odd.start())
    return SegmentCount("UCS-2", segments, units, limit, odd_character, smart_encoded(text))


def _segments_of_septets(septets: str) -> int:
    segments = start = 0
    while start < len(septets):
        end = start + 153
        if septets[end - 1 : end] == "\x1b":  # an escape stays with the character it belongs to
            end -= 1
        segments, start = segments + 1, end
    return segments


def _segments_of_characters(text: str) -> int:
    if _ALONE.fullmatch(text):
        return -(-len(text) // 67)
    characters = _CHARACTER.findall(text)
    sizes = {character: _utf16_units(character) for character in set(characters)}
    segments, used = 1, 0
    for character in characters:
        size = sizes[character]
        if used + size <= 67:
            used += size
        elif size <= 67:
            segments, used = segments + 1, size
        else:  # no segment can hold it, so the network cuts it: a stack of accents, for instance
            overflow = size - (67 - used)
            segments, used = segments + -(-overflow // 67), (overflow - 1) % 67 + 1
    return segments


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _character_around(text: str, index: int) -> str:
    # All before the first odd code point is plain GSM-7, so only the one before it can belong to it (an
    # accent sits on its letter).
    start = max(index - 1, 0)
    character: str = _CHARACTER.match(text, start).group()
    if start + len(character) <= index:
        character = _CHARACTER.match(text, index).group()
    return character
