"""What the rows of a file of texts of before say, or the sentence why one of them cannot be a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from inbox.candidates.import_files import Line
from inbox.errors import Invalid, too_long
from inbox.languages import _, gathered
from inbox.provisioning.company_numbers import CompanyNumber
from providers import phone
from providers.phone import NotAPhoneNumber

# What each column is called, in any order and case.
NAMES: Mapping[str, tuple[str, ...]] = {
    "from": ("from", "sender", "von"),
    "to": ("to", "recipient", "an"),
    "at": ("at", "date", "sent at", "time", "timestamp", "zeitpunkt"),
    "body": ("body", "text", "message", "nachricht"),
    "direction": ("direction", "richtung"),
    "name": ("name", "candidate", "kandidat"),
}
NEEDED = ("from", "to", "at", "body", "direction")
DIRECTIONS: Mapping[str, Literal["in", "out"]] = {
    "in": "in",
    "inbound": "in",
    "received": "in",
    "out": "out",
    "outbound": "out",
    "outbound-api": "out",
    "outbound-reply": "out",
    "sent": "out",
}
MOST_LETTERS = 1_600
_MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class PlannedText:
    """A row as a text: with which number of ours (its id), with which candidate's, when (UTC), which way."""

    number_id: str
    number: str
    at: datetime
    direction: Literal["in", "out"]
    body: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A row with the text it is, or with the sentence that says what is wrong with it."""

    line: Line
    text: PlannedText | None
    sentence: str | None


def places(headings: Sequence[str]) -> Mapping[str, int]:
    """Where each column stands; raises Invalid, with a sentence for `file`, when one that is needed is not there."""
    plain = [" ".join(heading.casefold().replace("_", " ").split()) for heading in headings]
    found = {
        column: place
        for column, names in NAMES.items()
        for place in [next((place for place, heading in enumerate(plain) if heading in names), None)]
        if place is not None
    }
    missing = [column for column in NEEDED if column not in found]
    if missing:
        sentence = _("The first line does not name these columns: %(columns)s.", columns=", ".join(missing))
        raise Invalid({"file": sentence})
    return found


def planned(
    lines: Sequence[Line], where: Mapping[str, int], ours: Sequence[CompanyNumber], *, region: str, now: datetime
) -> tuple[Planned, ...]:
    """What the rows say; `ours` are the numbers of the organisation, `region` that of numbers without a country code.

    A row that says the same as an earlier one is wrong.
    """
    by_number = {number.number: number for number in ours}
    seen: dict[PlannedText, int] = {}
    plans = []
    for line in lines:
        cells = {name: line.cells[place].strip() if place < len(line.cells) else "" for name, place in where.items()}
        try:
            text = _text(cells, by_number, region, now)
            if text in seen:
                raise Invalid({"row": _("The same text stands in line %(number)s already.", number=seen[text])})
        except Invalid as error:
            plans.append(Planned(line, None, gathered(error.fields.values())))
            continue
        seen[text] = line.number
        plans.append(Planned(line, text, None))
    return tuple(plans)


def _text(cells: Mapping[str, str], ours: Mapping[str, CompanyNumber], region: str, now: datetime) -> PlannedText:
    """The row as a text; raises Invalid with everything that is wrong."""
    wrong: dict[str, str] = {}
    direction = DIRECTIONS.get(cells["direction"].casefold())
    if direction is None:
        wrong["direction"] = _("direction: write “in” or “out”.")
    at = _moment(cells["at"], now, wrong)
    if not cells["body"]:
        wrong["body"] = _("body: there is no text.")
    elif len(cells["body"]) > MOST_LETTERS:
        wrong["body"] = gathered(("body", too_long(len(cells["body"]), MOST_LETTERS)), ": ")
    own, other = ("to", "from") if direction == "in" else ("from", "to")
    numbers = {column: _number(column, cells[column], region, wrong) for column in (own, other)}
    number = ours.get(numbers[own])
    if direction is not None and own not in wrong and number is None:
        wrong[own] = _("%(column)s: %(number)s is no number of yours.", column=own, number=numbers[own])
    if wrong or number is None or at is None or direction is None:
        raise Invalid(wrong)
    name = cells.get("name", "")[:_MOST_NAME]
    return PlannedText(number.id, numbers[other], at, direction, cells["body"], name or None)


def _moment(typed: str, now: datetime, wrong: dict[str, str]) -> datetime | None:
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        wrong["at"] = _("at: “%(typed)s” is no moment such as 2024-03-01T09:30:00+11:00.", typed=typed[:40])
        return None
    if at.tzinfo is None:
        wrong["at"] = _("at: the time zone is missing, such as +11:00 or Z.")
        return None
    if at > now:
        wrong["at"] = _("at: this is in the future.")
    return at.astimezone(UTC)


def _number(column: str, typed: str, region: str, wrong: dict[str, str]) -> str:
    try:
        return phone.to_e164(typed, region)
    except NotAPhoneNumber as error:
        wrong[column] = gathered((column, _(error.message, typed=error.typed)), ": ")
        return ""
