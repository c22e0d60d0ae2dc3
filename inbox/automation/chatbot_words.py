"""What a candidate's text means to a chatbot: a word that steers the dialogue, or the answer to a question.

In English and German at once, whichever of them the dialogue is in.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from inbox.languages import _
from inbox.messaging import refusals

Kind = Literal["text", "choice", "yes_no", "date", "email"]
Command = Literal["back", "help", "again", "person", "opt_out"]

HINTS: Mapping[Kind, str] = {
    "text": _("Please answer in words."),
    "choice": _("Please text the number of one of these."),
    "yes_no": _("Please text YES or NO."),
    "date": _("Please text a day such as 5 March 2027."),
    "email": _("Please text an e-mail such as maya@example.com."),
}
"""Said before a question is asked again."""

MOST_ANSWER = 300
_YES = frozenset({"yes", "y", "yeah", "yep", "yup", "ok", "okay", "sure", "i agree", "agree", "ja", "👍"})
_NO = frozenset({"no", "n", "nope", "nah", "no thanks", "no thank you", "i do not agree", "i don't agree", "nein"})
_COMMANDS: Mapping[str, Command] = {
    "back": "back",
    "go back": "back",
    "help": "help",
    "info": "help",
    "start over": "again",
    "restart": "again",
    "person": "person",
    "human": "person",
    "agent": "person",
    "recruiter": "person",
    "operator": "person",
    "zurück": "back",
    "hilfe": "help",
    "neu anfangen": "again",
    "von vorn": "again",
    "von vorne": "again",
    "mensch": "person",
}
_PERSON = re.compile(
    r"\b(talk|speak|chat|text)\b.{0,12}\b(person|human|someone|somebody|recruiter|agent)\b|\breal (person|human)\b"
    r"|\b(mit|an) (einem menschen|einer person|jemandem)\b.{0,12}\b(sprechen|reden|schreiben)\b"
)
_MOST_TALK = 80
"""Longer texts are answers, whatever words they hold."""

_EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,180}\.[^@\s<>.]{2,}")
_NAMED = re.compile(
    r"^(hi[,!]? |hello[,!]? |hallo[,!]? )?"
    r"(my name is|my name's|i am|i'm|im|it's|it is|this is|mein name ist|ich bin|ich heiße) ",
    re.IGNORECASE,
)
_MONTHS = (
    *(("jan",), ("feb",), ("mar", "mär"), ("apr",), ("may", "mai"), ("jun",)),
    *(("jul",), ("aug",), ("sep",), ("oct", "okt"), ("nov",), ("dec", "dez")),
)
_DAYS_AHEAD = {"today": 0, "tomorrow": 1, "heute": 0, "morgen": 1}
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?(?: of)? ([a-zä]{3,9})\.?,?(?: (\d{4}))?")
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?")


def plain(text: str) -> str:
    """The words of a text without case, signs at its ends and blanks that say nothing."""
    return " ".join(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).strip(" .,!?…\"'()")


def command(text: str) -> Command | None:
    """What a text asks of the dialogue itself; None for one that answers."""
    if text.strip() == "?":
        return "help"
    words = plain(text)
    if words in _COMMANDS:
        return _COMMANDS[words]
    if refusals.is_refusal(text):
        return "opt_out"
    if len(words) > _MOST_TALK:
        return None
    return "person" if _PERSON.search(words) else None


def read(kind: Kind, text: str, *, options: Sequence[str] = (), today: date, month_first: bool) -> str | None:
    """The answer to a question of this kind as it is kept, a day as ISO 8601; None when it is none.

    `today` is the organisation's day; `month_first`: whether 3/5 is the fifth of March.
    """
    match kind:
        case "text":
            words = " ".join(text.split())
            return words if words and len(words) <= MOST_ANSWER else None
        case "choice":
            return _choice(plain(text), options)
        case "yes_no":
            words = plain(text)
            return "Yes" if words in _YES else "No" if words in _NO else None
        case "date":
            found = _day(plain(text), today, month_first=month_first)
            return found.isoformat() if found else None
        case "email":
            address = _EMAIL.search(text)
            return address[0].strip(",;") if address else None


def name(answer: str) -> str | None:
    """The name in an answer such as "hi, I'm maya chen"; None when there is none."""
    words = _NAMED.sub("", answer).strip(" .,!")
    if not any(letter.isalpha() for letter in words) or len(words) > _MOST_TALK:
        return None
    return words.title() if words.islower() else words


def _choice(words: str, options: Sequence[str]) -> str | None:
    number = re.fullmatch(r"(?:option |number )?(\d)\)?", words)
    if number:
        place = int(number[1]) - 1
        return options[place] if 0 <= place < len(options) else None
    exact = [option for option in options if plain(option) == words]
    begun = [option for option in options if len(words) > 2 and plain(option).startswith(words)]
    found = exact or begun
    return found[0] if len(found) == 1 else None


def _day(words: str, today: date, *, month_first: bool) -> date | None:
    if words in _DAYS_AHEAD:
        return today + timedelta(days=_DAYS_AHEAD[words])
    if found := _ISO.fullmatch(words):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.fullmatch(words):
        one, two = int(found[1]), int(found[2])
        day, month = (two, one) if month_first else (one, two)
        return _dated(found[3], month, day, today)
    if found := _DAY_MONTH.fullmatch(words):
        return _dated(found[3], _month(found[2]), int(found[1]), today)
    if found := _MONTH_DAY.fullmatch(words):
        return _dated(found[3], _month(found[1]), int(found[2]), today)
    return None


def _month(word: str) -> int:
    """1 to 12; 0 for no month."""
    return next((number for number, names in enumerate(_MONTHS, 1) if word[:3] in names), 0)


def _dated(year: str | None, month: int, day: int, today: date) -> date | None:
    """Without a year the next such day; of two digits a year up to ten years from now."""
    if year is None:
        this = _date(today.year, month, day)
        return this if this is None or this >= today else _date(today.year + 1, month, day)
    number = int(year)
    if len(year) == 2:
        number += 2000 if 2000 + number <= today.year + 10 else 1900
    return _date(number, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
