"""The steps of a workflow: written as a kind and a few words each, and read from them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from inbox.automation import merge_fields
from inbox.candidates import labels
from inbox.errors import Invalid
from inbox.languages import _, gathered
from inbox.messaging import outbound

Kind = Literal["wait", "until", "text", "tag", "end"]
KINDS: Mapping[Kind, tuple[str, str]] = {
    "wait": (_("Wait"), _("Such as 2 days, 3 hours or 30 minutes.")),
    "until": (_("Wait until"), _("A time of the organisation's day, such as 09:00.")),
    "text": (_("Chat message"), _("With merge fields, as in a template.")),
    "tag": (_("Add a tag"), _("Its name.")),
    "end": (_("End"), _("Nothing happens after it.")),
}
MOST = 20
MOST_WAIT = timedelta(days=365)

# As people write it in a language of ours.
_WAIT = re.compile(r"(\d{1,5})\s*(day|hour|minute|tag|stunde)(?:s|e|en|n)?")
_UNITS = {"day": "days", "tag": "days", "hour": "hours", "stunde": "hours", "minute": "minutes"}
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Step:
    """What is done, and with which words."""

    kind: Kind
    words: str

    @property
    def sentence(self) -> str:
        """The step as the history tells it."""
        return gathered((KINDS[self.kind][0], self.words)) if self.words else KINDS[self.kind][0]


def checked(typed: Sequence[tuple[str, str]]) -> tuple[Step, ...]:
    """The steps that were typed, empty ones left out. Raises Invalid with a sentence for "step-N", N from 0."""
    steps: list[Step] = []
    wrong: dict[str, str] = {}
    for place, (kind, words) in enumerate(typed):
        if not kind:
            if words.strip():
                wrong[f"step-{place}"] = _("Choose what is done with these words.")
            continue
        try:
            steps.append(_checked(kind, words.replace("\r\n", "\n").strip()))
        except Invalid as error:
            wrong[f"step-{place}"] = error.sentence
    if not wrong and not any(step.kind in ("text", "tag") for step in steps):
        wrong["steps"] = _("Nothing happens in this workflow. Add a chat message or a tag.")
    if len(steps) > MOST:
        wrong["steps"] = _("There are %(number)s steps, %(most)s at most.", number=len(steps), most=MOST)
    if wrong:
        raise Invalid(wrong)
    return tuple(steps)


def _checked(kind: str, words: str) -> Step:
    if kind not in get_args(Kind):
        raise Invalid({"step": _("There is no such step.")})
    if kind == "wait":
        wait_of(words)
    elif kind == "until" and not _TIME.fullmatch(words):
        raise Invalid({"step": _("Enter a time such as 09:00.")})
    elif kind == "text":
        outbound.sendable(words)
        if complaint := merge_fields.complaint(words):
            raise Invalid({"step": complaint})
    elif kind == "tag":
        labels.checked(words)
    return Step(kind, "" if kind == "end" else words)  # type: ignore[arg-type]


def wait_of(words: str) -> timedelta:
    """How long a "wait" is; raises Invalid."""
    found = _WAIT.fullmatch(words.strip().lower())
    wait = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
    if not timedelta() < wait <= MOST_WAIT:
        raise Invalid({"step": _("Enter a time such as 2 days, 3 hours or 30 minutes.")})
    return wait


def moment_of(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The next moment (UTC) at which it is this time of the day in `zone`, after `now`."""
    hour, minute = map(int, words.split(":"))
    day = now.astimezone(zone).date()
    for later in range(3):
        at = datetime.combine(day + timedelta(days=later), time(hour, minute), zone).astimezone(UTC)
        if at > now:
            return at
    raise AssertionError("a day has each time once")


def written(steps: Sequence[Step]) -> str:
    """For the database."""
    return json.dumps([asdict(step) for step in steps], ensure_ascii=False)


def read(text: str) -> tuple[Step, ...]:
    """What `written` made."""
    return tuple(Step(**step) for step in json.loads(text))
