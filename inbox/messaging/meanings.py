"""Does a short answer say yes, no, or ask for another time? Only ever a suggestion: a person confirms it.

In English and German. What says two of them at once, or is long, is left to whoever reads it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, cast, get_args

from inbox.errors import NotFound
from inbox.languages import _

Meaning = Literal["yes", "no", "reschedule"]

TAGS: Mapping[Meaning, str] = {"yes": "Said yes", "no": "Said no", "reschedule": "Wants another time"}
"""What a candidate is tagged with when somebody confirms it."""

MOST_CHARACTERS = 140
_ANOTHER_TIME = re.compile(
    r"\breschedul\w+|\b(another|different|other) (time|day|date|slot)\b|\bpostpone\w*\b"
    r"|\b(move|push|shift) (it|this|that|our|the|my)\b|\b(later|earlier) (time|date|slot|in the)\b"
    r"|\b(how|what) about\b.*\binstead\b|\b(could|can) we (do|make it|meet|say)\b|\bchange the (time|day|date)\b"
    r"|\b(verschieben|verlegen)\b|\b(anderer|anderen|andere) (termin|tag|zeit|uhrzeit)\b"
)
_NO = re.compile(
    r"^(sorry |hi |hello |unfortunately )*(no|nope|nah|nein)\b(?! (problem|worries|prob|rush|issue))"
    r"|\bnot interested\b|\b(no longer|not) (available|interested)\b"
    r"|\b(can't|cant|cannot|can not|won't|wont|unable to|not able to) (make|do|come|attend)\b"
    r"|\bhave to (decline|cancel|withdraw)\b|\bfound (another|a new|a different) (job|role|position)\b"
    r"|\b(kein interesse|leider nicht|kann nicht|absagen)\b"
)
_YES = re.compile(
    r"^(hi |hello |oh |great |thanks |thank you )*"
    r"(yes|yeah|yep|yup|sure|ok|okay|of course|absolutely|definitely|ja|gerne|klar)\b"
    r"|\b(sounds (good|great)|(that )?works( for me)?|i'?ll be there|i will be there|see you (then|there)|confirmed)\b"
    r"|\bno (problem|worries)\b|\b(passt|bin dabei|bis dann)\b|^👍$"
)


@lru_cache(maxsize=4096)
def suggested(text: str) -> Meaning | None:
    """What the text seems to say; None when it says something else, several things, or asks."""
    words = " ".join(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace(",", " ").split())
    if not words or len(words) > MOST_CHARACTERS:
        return None
    if _ANOTHER_TIME.search(words):
        return "reschedule"
    found: list[Meaning] = []
    if _NO.search(words):
        found.append("no")
    if _YES.search(words):
        found.append("yes")
    return found[0] if len(found) == 1 and not words.endswith("?") else None


def meaning_of(text: str) -> Meaning:
    """The meaning that a form names; raises NotFound for anything else."""
    if text not in get_args(Meaning):
        raise NotFound
    return cast(Meaning, text)


def words(meaning: str) -> str:
    """A meaning as people read it."""
    return {"yes": _("Yes"), "no": _("No"), "reschedule": _("Another time")}.get(meaning, meaning)
