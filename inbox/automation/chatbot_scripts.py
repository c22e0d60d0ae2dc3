"""What Text Engage says: the words of one dialogue, written by people and read back from the database."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from inbox.automation import chatbot_words
from inbox.automation.chatbot_words import Kind
from inbox.candidates import labels
from inbox.errors import Invalid
from inbox.languages import _, gathered
from inbox.languages.readers import LANGUAGES, Reader
from inbox.languages.sentences import said

Fact = Literal["", "name", "email", "job", "city", "tag", "note"]

KINDS: Mapping[Kind, str] = {
    "text": _("Text"),
    "choice": _("Choice"),
    "yes_no": _("Yes or no"),
    "date": _("Date"),
    "email": _("E-mail"),
}
FACTS: Mapping[Fact, str] = {
    "": _("Kept with the dialogue only"),
    "name": _("Name"),
    "email": _("E-mail"),
    "job": _("Job"),
    "city": _("City"),
    "tag": _("Tag"),
    "note": _("Note"),
}
"""What an answer fills in of the candidate."""

_FITTING: Mapping[Fact, Collection[Kind]] = {
    "": get_args(Kind),
    "name": ["text"],
    "email": ["email"],
    "job": ("text", "choice"),
    "city": ("text", "choice"),
    "tag": ("text", "choice"),
    "note": get_args(Kind),
}
CONSENT = "consent"
YES_OR_NO = _("(YES or NO)")
HANDOVER = _("Thanks. Somebody from our team will text you here.")
MOST_QUESTIONS = 15
MOST_OPTIONS = 9
MOST_WORDS = 320
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `hint` is said before it is asked again, "": the one of its kind."""

    ask: str
    kind: Kind = "text"
    options: tuple[str, ...] = ()
    fills: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A whole dialogue. `tries` is how often a question is asked before a person takes over.

    `language` is that of what it says beside the words that people wrote.
    """

    welcome: str
    consent: str
    questions: tuple[Question, ...]
    goodbye: str
    handover: str
    declined: str
    tries: int
    language: str = "en"

    def asked(self, known: Collection[str]) -> tuple[Question, ...]:
        """The questions in their order, consent first, without those of which the answer is known."""
        rest = tuple(one for one in self.questions if not one.fills or one.fills not in known)
        return (Question(self.consent, "yes_no", fills=CONSENT), *rest) if self.consent else rest

    def words(self, question: Question) -> str:
        """A question as it is texted, with the choices below it."""
        if question.kind == "choice":
            numbered = (f"{number} {option}" for number, option in enumerate(question.options, 1))
            return "\n".join([question.ask, *numbered])
        return f"{question.ask} {self.say(YES_OR_NO)}" if question.kind == "yes_no" else question.ask

    def help(self, question: Question) -> str:
        """What to say when an answer to it was not understood."""
        return question.hint or self.say(chatbot_words.HINTS[question.kind])

    def say(self, sentence: str) -> str:
        """A sentence of ours in its language."""
        return said(sentence, Reader(language=self.language))


@dataclass(frozen=True, slots=True)
class TypedQuestion:
    """A question as the form has it; the options are lines."""

    ask: str = ""
    kind: str = "text"
    options: str = ""
    fills: str = ""
    hint: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nobody has typed anything."""
        return not (self.ask.strip() or self.options.strip() or self.hint.strip())


@dataclass(frozen=True, slots=True)
class TypedScript:
    """A script as the form has it."""

    welcome: str
    consent: str
    goodbye: str
    handover: str
    declined: str
    tries: str
    questions: Sequence[TypedQuestion]
    language: str = "en"


def checked(typed: TypedScript) -> Script:
    """The script that was typed, blank questions left out. Raises Invalid with a sentence for each field.

    Those of question N (from 0) are "ask-N", "kind-N", "options-N", "fills-N" and "hint-N".
    """
    wrong: dict[str, str] = {}
    words = {
        name: _words(getattr(typed, name), name, wrong, needed=needed)
        for name, needed in (
            ("welcome", _("Write what it says first.")),
            ("consent", None),
            ("goodbye", _("Write what it says at the end.")),
            ("handover", _("Write what it says when a person takes over.")),
            ("declined", _("Write what it says to whoever does not agree.") if typed.consent.strip() else None),
        )
    }
    tries = typed.tries.strip()
    if not (tries.isdecimal() and 1 <= int(tries[:3]) <= MOST_TRIES):
        wrong["tries"] = _("Enter a number from 1 to %(most)s.", most=MOST_TRIES)
    if typed.language not in LANGUAGES:
        wrong["language"] = _("Choose a language.")
    questions = tuple(_question(place, one, wrong) for place, one in enumerate(typed.questions) if not one.is_blank)
    if not questions and not wrong:
        wrong["questions"] = _("There is no question yet. Add one.")
    if len(questions) > MOST_QUESTIONS:
        wrong["questions"] = _(
            "There are %(count)s questions, %(most)s at most.", count=len(questions), most=MOST_QUESTIONS
        )
    once = [one.fills for one in questions if one.fills in ("name", "email", "job", "city")]
    if twice := next((fact for fact in once if once.count(fact) > 1), None):
        wrong["questions"] = _("Two questions fill in “%(fact)s”. Change one of them.", fact=FACTS[twice])  # type: ignore[index]
    if wrong:
        raise Invalid(wrong)
    return Script(questions=questions, tries=int(tries), language=typed.language, **words)


def _words(text: str, name: str, wrong: dict[str, str], *, needed: str | None = None, most: int = MOST_WORDS) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text and needed is not None:
        wrong[name] = needed
    elif len(text) > most:
        wrong[name] = _(
            "%(count)s of %(most)s characters. Shorten it by %(over)s.",
            count=len(text),
            most=most,
            over=len(text) - most,
        )
    return text


def _question(place: int, typed: TypedQuestion, wrong: dict[str, str]) -> Question:
    ask = _words(typed.ask, f"ask-{place}", wrong, needed=_("Write the question."))
    hint = _words(typed.hint, f"hint-{place}", wrong, most=160)
    kind: Kind = typed.kind if typed.kind in KINDS else "text"  # type: ignore[assignment]
    fills: Fact = typed.fills if typed.fills in FACTS else ""  # type: ignore[assignment]
    if kind not in _FITTING[fills]:
        wrong[f"fills-{place}"] = _(
            "“%(fact)s” only takes answers of this kind: %(kinds)s.",
            fact=FACTS[fills],
            kinds=gathered((KINDS[one] for one in _FITTING[fills]), ", "),
        )
    options: tuple[str, ...] = ()
    if kind == "choice":
        options = tuple(" ".join(line.split()) for line in typed.options.splitlines() if line.strip())
        if complaint := _complaint(options):
            wrong[f"options-{place}"] = complaint
    return Question(ask, kind, options, fills, hint)


def _complaint(options: Sequence[str]) -> str | None:
    """What is wrong with these choices; None when they can be offered."""
    if not 2 <= len(options) <= MOST_OPTIONS:
        return _("Write 2 to %(most)s choices, each on a line of its own.", most=MOST_OPTIONS)
    if len({option.casefold() for option in options}) < len(options):
        return _("Two choices are the same.")
    for option in options:
        if len(option) > labels.MOST_NAME:
            return _("“%(words)s” is longer than %(most)s characters.", words=option, most=labels.MOST_NAME)
        if chatbot_words.command(option):
            return _("“%(words)s” does something in every dialogue. Choose another word.", words=option)
    return None


def written(script: Script) -> str:
    """For the database."""
    return json.dumps(asdict(script), ensure_ascii=False)


def read(text: str) -> Script:
    """What `written` made."""
    facts: dict[str, Any] = json.loads(text)
    questions = tuple(Question(**one | {"options": tuple(one["options"])}) for one in facts.pop("questions"))
    return Script(questions=questions, **facts)


def typed_of(script: Script) -> TypedScript:
    """The script as the form has it."""
    return TypedScript(
        script.welcome,
        script.consent,
        script.goodbye,
        script.handover,
        script.declined,
        str(script.tries),
        [TypedQuestion(one.ask, one.kind, "\n".join(one.options), one.fills, one.hint) for one in script.questions],
        script.language,
    )
