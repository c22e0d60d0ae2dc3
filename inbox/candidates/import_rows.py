"""What a row of a file would make of a candidate, or the sentence why it cannot be one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inbox.candidates import profiles
from inbox.candidates.import_files import FIELDS, Line
from inbox.candidates.profiles import Profile
from inbox.errors import Invalid
from inbox.languages import _, gathered

_LABELS = {field: label for field, (label, _names) in FIELDS.items()} | {"owner_id": _("Owner")}


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
        raise Invalid({"columns": _("“%(name)s” is nothing that a column can hold.", name=min(unknown))})
    if twice:
        raise Invalid({"columns": _("Two columns are %(field)s. Leave one of them out.", field=_LABELS[twice])})
    if "name" in chosen and {"first_name", "last_name"} & set(chosen):
        raise Invalid({"columns": _("Choose Name, or First name and Last name, not both.")})
    if not {"name", "first_name", "last_name", "number", "email"} & set(chosen):
        raise Invalid({"columns": _("Say which column holds the name, the mobile number or the e-mail.")})


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
                plan = Planned(line, None, _("%(what)s stands in line %(number)s already.", what=key, number=seen[key]))
                break
        for key in _keys(plan.profile) if plan.profile else ():
            seen[key] = line.number
        plans.append(plan)
    return tuple(plans)


def _plan(line: Line, columns: Sequence[str], region: str, team: Mapping[str, str]) -> Planned:
    if any(cell.strip() for cell in line.cells[len(columns) :]):
        return Planned(line, None, _("There are more cells in this row than columns in the first line."))
    typed = {field: cell for field, cell in zip(columns, line.cells, strict=False) if field}
    if "name" not in typed:
        typed["name"] = f"{typed.pop('first_name', '')} {typed.pop('last_name', '')}"
    owner = " ".join(typed.pop("owner", "").split())
    typed["owner_id"] = team.get(owner.casefold(), "")
    sentences: dict[str, str] = {}
    if owner and not typed["owner_id"]:
        sentences["owner_id"] = _("Nobody here is called “%(name)s”.", name=owner[:60])
    try:
        profile = profiles.checked(typed, region=region)
    except Invalid as error:
        sentences = error.fields | sentences
    if sentences:
        return Planned(
            line, None, gathered(gathered((_LABELS[field], words), ": ") for field, words in sentences.items())
        )
    return Planned(line, profile, None)


def _keys(profile: Profile) -> list[str]:
    """What tells this person from everybody else."""
    return [key for key in (profile.number, (profile.email or "").casefold()) if key]
