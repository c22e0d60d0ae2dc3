"""Ranges of bytes that a request asks for (RFC 9110, 14), so that a download goes on where it broke off."""

import re
from dataclasses import dataclass

from starlette.requests import Request

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Range:
    """The bytes from `first` to `last`, both included; `is_part`: not all there are."""

    first: int
    last: int
    is_part: bool

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.last + 1 - self.first

    def headers(self, size: int) -> dict[str, str]:
        """What tells which part of `size` bytes it is."""
        return {"Content-Range": f"bytes {self.first}-{self.last}/{size}"} if self.is_part else {}


def asked_range(request: Request, size: int, tag: str) -> Range | None:
    """What is asked for of `size` bytes under the strong entity tag `tag`; None where nothing of it is there.

    All of it where no range is asked for, where it is in another form than one range of bytes, which a server may pass
    over, and where the caller has the beginning of another file.
    """
    everything = Range(0, size - 1, is_part=False)
    asked = _ONE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or request.headers.get("If-Range", tag) != tag:
        return everything
    first, last = asked.groups()
    if not first and not last:
        return everything
    if not first:
        return Range(max(0, size - int(last)), size - 1, is_part=True) if int(last) else None
    if last and int(last) < int(first):
        return everything
    if int(first) >= size:
        return None
    return Range(int(first), min(int(last) if last else size - 1, size - 1), is_part=True)
