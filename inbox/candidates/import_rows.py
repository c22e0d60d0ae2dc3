"""What a row of a file would make of a candidate, or the sentence why it cannot be one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inbox.candidates import profiles
from inbox.candidates.import_files import FIELDS, Line
from inbox.candidates.profiles import Profile
from inbox.errors import Invalid

_LABELS = {field: label for field, (label, _) in FIELDS.items()} | {"owner_id": "Owner"}


@dataclass(frozen=True, slots=True)
class Planned:
    """A row with the profile it holds, or with the sentence that says what is wrong with it."""

    line: Line
    profile: Profile | None
    sentence: str | None


def check_columns(columns: Sequence[str]) -> None:
    """Raise Invalid, with a sentence for `columns`, unless each field stands once and somebody can be told by them."""
    chosen = [field for field in columns if field]
    twice = next((field for field in chosen if chosen.count(field) > 1), None)
    if unknown := set(chosen) - set(FIELDS):
        raise Invalid({"columns": f"“{min(unknown)}” is nothing that a column can hold."})
    if twice:
        raise Invalid({"columns": f"Two columns are {_LABELS[twice]}. Leave one of them out."})
    if "name" in chosen and {"first_name", "last_name"} & set(chosen):
        raise Invalid({"columns": "Choose Name, or First name and Last name, not both."})
    if not {"name", "first_name", "last_name", "number", "email"} & set(chosen):
        raise Invalid({"columns": "Say which column holds the name, the mobile number or the e-mail."})


def planned(
    lines: Sequence[Line], columns: Sequence[str], *, region: str, team: Mapping[str, str]
) -> tuple[Planned, ...]:
    """What the rows would make; `team` names a colleague's id by name and by e-mail, in lower case.

    Numbers without their country code are of `region`. A number or an e-mail that an earlier row has is wrong.
    """
    seen: dict[str, int] = {}
    plans = []
    for line in lines:
        plan = _plan(line, columns, region, team)
        for key in _keys(plan.profile) if plan.profile else ():
            if key in seen:
                plan = Planned(line, None, f"{key} stands in line {seen[key]} already.")
                break
        for key in _keys(plan.profile) if plan.profile else ():
            seen[key] = line.number
        plans.append(plan)
    return tuple(plans)


def _plan(line: Line, columns: Sequence[str], region: str, team: Mapping[str, str]) -> Planned:
    if any(cell.strip() for cell in line.cells[len(columns) :]):
        return Planned(line, None, "There are more cells in this row than columns in the first line.")
    typed = {field: cell for field, cell in zip(columns, line.cells, strict=False) if field}
    if "name" not in typed:
        typed["name"] = f"{typed.pop('first_name', '')} {typed.pop('last_name', '')}"
    owner = " ".join(typed.pop("owner", "").split())
    typed["owner_id"] = team.get(owner.casefold(), "")
    sentences = {} if not owner or typed["owner_id"] else {"owner_id": f"Nobody here is called “{owner[:60]}”."}
    try:
        profile = profiles.checked(typed, region=region)
    except Invalid as error:
        sentences = error.fields | sentences
    if sentences:
        return Planned(line, None, " ".join(f"{_LABELS[field]}: {words}" for field, words in sentences.items()))
    return Planned(line, profile, None)


def _keys(profile: Profile) -> list[str]:
    """What tells this person from everybody else."""
    return [key for key in (profile.number, (profile.email or "").casefold()) if key]
