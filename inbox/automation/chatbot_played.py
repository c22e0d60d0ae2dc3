"""A dialogue that is only played: the machine that answers candidates, with nothing kept and nothing sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from inbox.automation import chatbot_dialogue
from inbox.automation.chatbot_dialogue import Heard, Turn
from inbox.automation.chatbot_scripts import Script
from inbox.languages import _
from inbox.messaging.keywords import STOP_WORDS
from providers import segments

MOST = 30
"""Texts that are played."""
ENDS = {
    "done": _("The dialogue is finished."),
    "handed": _("A person takes over."),
    "declined": _("The dialogue is over: they did not agree."),
    "stop": _("STOP ends all texts. Twilio answers it, Text Engage says nothing."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """What was said, and whether the chatbot said it."""

    is_ours: bool
    words: str


@dataclass(frozen=True, slots=True)
class Played:
    """The dialogue so far. `end`: that it is over, as a sentence; `segments` that ours would have cost."""

    texts: tuple[str, ...]
    lines: tuple[Line, ...]
    end: str | None
    reason: str
    segments: int


def play(
    script: Script, keyword: str, texts: Sequence[str], *, known: Collection[str], today: date, month_first: bool
) -> Played:
    """The dialogue that these texts lead to, after the keyword; those behind its end are left out."""
    turn, end = chatbot_dialogue.begin(script, known), None
    lines, heard = [Line(False, keyword), *_ours(turn)], []
    for text in texts[:MOST]:
        if turn.end is not None or end is not None:
            break
        heard.append(text)
        lines.append(Line(False, text))
        if text.strip().casefold() in STOP_WORDS:
            end = "stop"
            break
        turn = chatbot_dialogue.hear(script, turn.dialogue, Heard(text, "", today, month_first))
        lines += _ours(turn)
    end = end or turn.end
    cost = sum(segments.measure(line.words).segments for line in lines if line.is_ours)
    return Played(tuple(heard), tuple(lines), ENDS[end] if end else None, turn.reason, cost)


def _ours(turn: Turn) -> list[Line]:
    return [Line(True, turn.say)] if turn.say else []
