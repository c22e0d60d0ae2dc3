"""The dialogue of Text Engage as a pure state machine: a state and a text give the next state and what to say.

Nothing is looked up or kept here, so the same machine answers candidates and plays in the simulator.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from inbox.automation import chatbot_words
from inbox.automation.chatbot_scripts import CONSENT, Question, Script
from inbox.languages import _

End = Literal["done", "handed", "declined"]

MOST_TEXTS = 60
"""A candidate texts no more in one dialogue: whoever writes on may be a machine as well."""

HELP = _(
    "Text your answer, BACK for the question before, START OVER, or PERSON to talk to somebody. STOP ends all texts."
)
FIRST = _("This is the first question.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is kept, and when it was texted (ISO 8601, UTC)."""

    value: str
    at: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How far a dialogue has come: the next question is the one behind those that are answered."""

    known: tuple[str, ...]
    """The facts that were known when it began, and are not asked for."""
    answers: tuple[Answer, ...] = ()
    tries: int = 0
    """How often the answer to the present question was not understood."""
    texts: int = 0
    """How many texts came in."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that came in, with what its reading depends on: when (ISO 8601), and whose days."""

    text: str
    at: str
    today: date
    month_first: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """Where it stands now and what to say, "": nothing. `end` and `reason`: that and why it is over."""

    dialogue: Dialogue
    say: str
    end: End | None = None
    reason: str = ""


def begin(script: Script, known: Collection[str]) -> Turn:
    """The welcome with the first question; the end at once when all is known."""
    return _go_on(script, Dialogue(tuple(sorted(known))), opening=script.welcome)


def hear(script: Script, dialogue: Dialogue, heard: Heard) -> Turn:
    """The answer to a text. Each way through it ends: questions are finite, and so are texts."""
    now = replace(dialogue, texts=dialogue.texts + 1)
    command = chatbot_words.command(heard.text)
    if command == "opt_out":
        return Turn(now, "", "handed", _("they asked not to be texted"))
    if command == "person":
        return Turn(now, script.handover, "handed", _("they asked for a person"))
    if now.texts >= MOST_TEXTS:
        return Turn(now, script.handover, "handed", _("they sent %(number)s texts", number=MOST_TEXTS))
    question = question_of(script, dialogue)
    match command:
        case "back":
            return _back(script, now)
        case "again":
            return _go_on(script, replace(now, answers=(), tries=0), opening="")
        case "help":
            return Turn(now, _joined(script.say(HELP), script.words(question)))
    value = _read(question, heard)
    return _ask_again(script, now, question) if value is None else _answered(script, now, question, value, heard.at)


def question_of(script: Script, dialogue: Dialogue) -> Question:
    """The question that waits for its answer."""
    return script.asked(dialogue.known)[len(dialogue.answers)]


def answered(script: Script, dialogue: Dialogue) -> list[tuple[Question, Answer]]:
    """The questions so far, with their answers."""
    return list(zip(script.asked(dialogue.known), dialogue.answers, strict=False))


def _read(question: Question, heard: Heard) -> str | None:
    value = chatbot_words.read(
        question.kind, heard.text, options=question.options, today=heard.today, month_first=heard.month_first
    )
    return chatbot_words.name(value) if value is not None and question.fills == "name" else value


def _answered(script: Script, now: Dialogue, question: Question, value: str, at: str) -> Turn:
    after = replace(now, answers=(*now.answers, Answer(value, at)), tries=0)
    if question.fills == CONSENT and value == "No":
        return Turn(after, script.declined, "declined", _("they did not agree"))
    return _go_on(script, after, opening="")


def _go_on(script: Script, now: Dialogue, *, opening: str) -> Turn:
    """The next question, behind what is said before it; the goodbye when there is none."""
    asked = script.asked(now.known)
    if len(now.answers) >= len(asked):
        return Turn(now, _joined(opening, script.goodbye), "done")
    return Turn(now, _joined(opening, script.words(asked[len(now.answers)])))


def _back(script: Script, now: Dialogue) -> Turn:
    if not now.answers:
        return Turn(now, _joined(script.say(FIRST), script.words(question_of(script, now))))
    return _go_on(script, replace(now, answers=now.answers[:-1], tries=0), opening="")


def _ask_again(script: Script, now: Dialogue, question: Question) -> Turn:
    tried = replace(now, tries=now.tries + 1)
    if tried.tries >= script.tries:
        return Turn(
            tried,
            script.handover,
            "handed",
            _("no answer to “%(question)s” was understood", question=question.ask[:80]),
        )
    return Turn(tried, _joined(script.help(question), script.words(question)))


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
