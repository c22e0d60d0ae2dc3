"""How long answers took, as a count for each length that is told apart, so that days can be added up.

A length is as coarse as it is said: minutes for an hour, five of them until twelve hours, hours for three days, then
days. So the median of added counts is exactly what would be said of the median of all of them.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from math import ceil

from inbox.languages import _, ngettext

_HOUR, _DAY = 60, 24 * 60
LENGTHS: tuple[int, ...] = (
    *range(_HOUR),
    *range(_HOUR, 12 * _HOUR, 5),
    *range(12 * _HOUR, 3 * _DAY, _HOUR),
    *range(3 * _DAY, 61 * _DAY, _DAY),
)
"""In minutes, each up to the next one; the last has no end."""
_BITS = 32
_BYTES = 4 * len(LENGTHS)


def counted(seconds: Iterable[float]) -> int:
    """The counts of these lengths, as one number with 32 bits for each: numbers like it are added as they are."""
    total = 0
    for one in seconds:
        total += 1 << (_BITS * (bisect_right(LENGTHS, int(one) // 60) - 1))
    return total


def packed(counts: int) -> bytes:
    """The counts as they are stored."""
    return counts.to_bytes(_BYTES, "little").rstrip(b"\0")


def unpacked(stored: bytes) -> int:
    """What `packed` made."""
    return int.from_bytes(stored, "little")


def number(counts: int) -> int:
    """How many there are."""
    return sum(_each(counts))


def share(counts: int, of: float) -> int | None:
    """The length in minutes that so large a share of all took at most (nearest rank); None of none."""
    each = _each(counts)
    wanted = ceil(of * sum(each))
    seen = 0
    for length, one in zip(LENGTHS, each, strict=True):
        seen += one
        if wanted and seen >= wanted:
            return length
    return None


def words(minutes: int) -> str:
    """A length as it is said: "4 min", "2 h 35 min", "20 h", "3 days"."""
    if minutes < _HOUR:
        return _("%(minutes)s min", minutes=minutes)
    if minutes >= 3 * _DAY:
        return ngettext("%(num)s day", "%(num)s days", minutes // _DAY)
    if minutes % _HOUR == 0:
        return _("%(hours)s h", hours=minutes // _HOUR)
    return _("%(hours)s h %(minutes)s min", hours=minutes // _HOUR, minutes=minutes % _HOUR)


def _each(counts: int) -> "array[int]":
    each = array("I")
    each.frombytes(counts.to_bytes(_BYTES, "little"))
    return each
