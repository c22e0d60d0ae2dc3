"""What was done to candidates, as the audit log says it: by ids and names of fields, as nothing is taken out of it."""

from collections.abc import Collection
from dataclasses import asdict

from inbox.candidates.profiles import Profile
from inbox.languages import Sentence, _, gathered, ngettext

_FIELDS = {
    "name": _("name"),
    "number": _("number"),
    "email": _("e-mail"),
    "stage": _("stage"),
    "job": _("job"),
    "city": _("city"),
    "consent": _("consent"),
    "owner_id": _("owner"),
}
_LAST = 2
_MOST_NAMED = 20


def ending(number: str) -> str:
    """The last digits of a number, by which those who know it know it again."""
    return f"…{number[-_LAST:]}"


def added(candidate_id: str) -> Sentence:
    """Somebody new."""
    return _("added candidate %(id)s", id=candidate_id)


def changed(candidate_id: str, before: Profile, now: Profile) -> Sentence:
    """Which of their fields are others, and the end of a new number."""
    old, facts = asdict(before), asdict(now)
    fields: list[str] = [words for name, words in _FIELDS.items() if facts[name] != old[name]]
    if now.number and now.number != before.number:
        fields.append(ending(now.number))
    what = gathered(fields, ", ") if fields else _("nothing")
    return _("changed candidate %(id)s: %(facts)s", id=candidate_id, facts=what)


def marked(numbers: Collection[str]) -> Sentence:
    """Numbers that nobody texts any more."""
    said = ngettext(
        "marked %(num)s number as taking no texts", "marked %(num)s numbers as taking no texts", len(numbers)
    )
    ends = [ending(number) for number in sorted(numbers)[:_MOST_NAMED]]
    if len(numbers) > _MOST_NAMED:
        ends.append("…")
    return gathered((said, ", ".join(ends)), ": ") if ends else said


def revived(number: str) -> Sentence:
    """A number that is texted again."""
    return gathered((_("said that a number takes texts after all"), ending(number)), ": ")
