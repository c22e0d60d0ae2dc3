"""Merge fields: `{{first_name}}`, or `{{first_name|there}}` with a fallback for who has no name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
class Filled:
    """A body with its fields filled in. `missing`: fields without a value and a fallback, which stand as they were."""

    text: str
    missing: tuple[str, ...]


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
    missing: dict[str, None] = {}

    def filled(found: re.Match[str]) -> str:
        name, fallback = found[1], found[2]
        value = values.get(name) or fallback
        if value is None:
            missing[name] = None
            return found[0]
        return value.strip()

    return Filled(_FIELD.sub(filled, body), tuple(missing))


def left_in(text: str) -> str | None:
    """The first merge field, as it is written, that nobody has filled in; None when there is none."""
    return next((found[0] for found in _FIELD.finditer(text) if found[1] in FIELDS), None)


def refuse_left_in(body: str) -> None:
    """Raise Invalid when a template's field stands in a text as it is."""
    field = left_in(body)
    if field is not None:
        raise Invalid({"body": _("Put words in place of %(field)s first.", field=field)})
