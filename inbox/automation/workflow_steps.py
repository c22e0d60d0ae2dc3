"""The steps of a workflow: each a kind, a few words and maybe a colleague; written for the database, and read from it.

A step that waits for a reply divides the way: a later step may be for those who replied, or for those who did not.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from inbox.automation import merge_fields
from inbox.candidates import labels
from inbox.candidates.profiles import MOST as MOST_STAGE
from inbox.errors import Invalid, too_long
from inbox.languages import _, gathered
from inbox.messaging import outbound

KINDS: Mapping[str, tuple[str, str]] = {
    "text": (_("Chat message"), _("With merge fields, as in a template.")),
    "wait": (_("Wait"), _("Such as 2 days, 3 hours or 30 minutes.")),
    "until": (_("Wait until"), _("A time of the organisation's day, such as 09:00.")),
    "reply": (_("Wait for a reply"), _("At most so long, such as 2 days. Later steps can depend on it.")),
    "tag": (_("Add a tag"), _("Its name.")),
    "stage": (_("Change the stage"), _("The new stage.")),
    "assign": (_("Assign the conversation"), _("To a colleague.")),
    "notify": (_("Notify a colleague"), _("What the notification says.")),
    "webhook": (_("Tell another system"), _("What it is told, such as interview-confirmed.")),
    "end": (_("End"), _("Nothing happens after it.")),
}
DOES: frozenset[str] = frozenset(KINDS) - {"wait", "until", "reply", "end"}
NAMES: frozenset[str] = frozenset({"text", "assign", "notify"})
"""Those that are about a colleague: who sends, who gets it, who is told."""
CALLS = "webhook"
"""The one that is about an endpoint of another system instead."""
WORDLESS: frozenset[str] = frozenset({"assign", "end"})
ONLY: Mapping[str, str] = {
    "": _("In every case"),
    "replied": _("If they replied"),
    "silent": _("If they did not reply"),
}
MOST = 20
MOST_WAIT = timedelta(days=365)
MOST_NOTICE = 200

# As people write it in a language of ours.
_WAIT = re.compile(r"(\d{1,5})\s*(day|hour|minute|tag|stunde)(?:s|e|en|n)?")
_UNITS = {"day": "days", "tag": "days", "hour": "hours", "stunde": "hours", "minute": "minutes"}
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Step:
    """What is done, with which words; `who` is a user's id, "" for the workflow's sender, or an endpoint's.

    `kind` is one of KINDS, "" for what was typed without one; `only` is one of ONLY.
    """

    kind: str
    words: str = ""
    only: str = ""
    who: str = ""

    @property
    def name(self) -> str:
        """What it does, in a word or two."""
        return KINDS[self.kind][0]

    @property
    def condition(self) -> str:
        """For whom it is done."""
        return ONLY[self.only]

    @property
    def sentence(self) -> str:
        """The step as the history tells it."""
        said = gathered((self.name, self.words)) if self.words else self.name
        return gathered((self.condition, said), ": ") if self.only else said


def checked(typed: Sequence[Step]) -> tuple[Step, ...]:
    """The steps that were typed, empty ones left out. Raises Invalid with a sentence for "step-N", N from 0."""
    steps: list[Step] = []
    wrong: dict[str, str] = {}
    for place, one in enumerate(typed):
        if not one.kind:
            if one.words.strip():
                wrong[f"step-{place}"] = _("Choose what is done with these words.")
            continue
        try:
            steps.append(_checked(one, steps))
        except Invalid as error:
            wrong[f"step-{place}"] = error.sentence
            steps.append(one)  # later steps may go by it all the same
    if not wrong and not any(step.kind in DOES for step in steps):
        wrong["steps"] = _("Nothing happens in this workflow. Add a chat message or another step that does something.")
    if len(typed) > MOST:
        wrong["steps"] = _("A workflow has at most %(most)s steps.", most=MOST)
    if wrong:
        raise Invalid(wrong)
    return tuple(steps)


def _checked(step: Step, before: Sequence[Step]) -> Step:
    kind, words = step.kind, step.words.replace("\r\n", "\n").strip()
    if kind not in KINDS or step.only not in ONLY:
        raise Invalid({"step": _("There is no such step.")})
    if step.only and not any(one.kind == "reply" for one in before):
        raise Invalid({"step": _("No step before this one waits for a reply.")})
    match kind:
        case "wait" | "reply":
            wait_of(words)
        case "until" if not _TIME.fullmatch(words):
            raise Invalid({"step": _("Enter a time such as 09:00.")})
        case "text":
            outbound.sendable(words)
            if complaint := merge_fields.complaint(words):
                raise Invalid({"step": complaint})
        case "tag":
            labels.checked(words)
        case "webhook" if not step.who:
            raise Invalid({"step": _("Choose an endpoint. An admin adds them under Settings, Webhooks.")})
        case "stage" | "notify" | "webhook":
            words, most = " ".join(words.split()), MOST_STAGE if kind == "stage" else MOST_NOTICE
            if not words or len(words) > most:
                raise Invalid({"step": _("Write something first.") if not words else too_long(len(words), most)})
        case "assign" if not step.who:
            raise Invalid({"step": _("Choose a colleague.")})
    return Step(kind, "" if kind in WORDLESS else words, step.only, step.who if kind in {*NAMES, CALLS} else "")


def following(steps: Sequence[Step], place: int, outcome: str) -> int:
    """The first step from `place` on that is for this outcome of the last wait for a reply."""
    while place < len(steps) and steps[place].only not in ("", outcome):
        place += 1
    return place


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
    """For the database; what is empty is left out."""
    return json.dumps([{key: value for key, value in asdict(step).items() if value} for step in steps])


def read(text: str) -> tuple[Step, ...]:
    """What `written` made."""
    return tuple(Step(**step) for step in json.loads(text))
