"""Merge fields: `{{first_name}}`, or `{{first_name|there}}` with a fallback for who has no name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from inbox.errors import Invalid
from inbox.languages import _

FIELDS: Mapping[str, str] = {
    "first_name": _("The candidate's first name"),
    "name": _("The candidate's name"),
    "job": _("The job"),
    "stage": _("The stage"),
    "city": _("The city"),
    "my_first_name": _("Your first name"),
    "my_name": _("Your name"),
    "company": _("The company"),
}
"""What can be filled in, and what it is."""

_FIELD = re.compile(r"\{\{\s*([^{}|]*?)\s*(?:\|([^{}|]*))?\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a body: words of its own, or what stands in place of the field `name`."""

    text: str
    kind: Literal["words", "value", "fallback", "missing"] = "words"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A body with its fields filled in."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole of it."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields without a value and a fallback, which stand as they were."""
        return tuple(dict.fromkeys(piece.name for piece in self.pieces if piece.kind == "missing"))

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """Fields in whose place a fallback stands."""
        return tuple(dict.fromkeys(piece.name for piece in self.pieces if piece.kind == "fallback"))


def complaint(body: str) -> str | None:
    """What is wrong with the fields of a body, as a sentence; None when all can be filled in."""
    for name, _fallback in _FIELD.findall(body):
        if name not in FIELDS:
            return _("There is no field “%(name)s”. There are: %(fields)s.", name=name, fields=", ".join(FIELDS))
    if _BRACES.search(_FIELD.sub("", body)):
        return _("A field is written {{first_name}}, or {{first_name|there}} with a fallback.")
    return None


def fill(body: str, values: Mapping[str, str | None]) -> Filled:
    """The body with a value, or else the fallback, for each field."""
    pieces, end = list[Piece](), 0
    for found in _FIELD.finditer(body):
        pieces += [Piece(body[end : found.start()]), _filled(found, values)]
        end = found.end()
    return Filled((*pieces, Piece(body[end:])))


def named_in(body: str) -> frozenset[str]:
    """The fields that a body has."""
    return frozenset(name for name, _fallback in _FIELD.findall(body))


def _filled(found: re.Match[str], values: Mapping[str, str | None]) -> Piece:
    name, fallback = found[1], found[2]
    if value := values.get(name):
        return Piece(value.strip(), "value", name)
    return Piece(found[0], "missing", name) if fallback is None else Piece(fallback.strip(), "fallback", name)


def left_in(text: str) -> str | None:
    """The first merge field, as it is written, that nobody has filled in; None when there is none."""
    return next((found[0] for found in _FIELD.finditer(text) if found[1] in FIELDS), None)


def refuse_left_in(body: str) -> None:
    """Raise Invalid when a template's field stands in a text as it is."""
    field = left_in(body)
    if field is not None:
        raise Invalid({"body": _("Put words in place of %(field)s first.", field=field)})
