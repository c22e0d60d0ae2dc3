"""What somebody typed of an intent, and what it comes to when it can be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inbox.automation import chatbot_scripts, chatbot_words
from inbox.automation.chatbot_scripts import HANDOVER, Script, TypedQuestion, TypedScript
from inbox.candidates import labels
from inbox.errors import Invalid
from inbox.languages import _
from inbox.languages.readers import Reader
from inbox.languages.sentences import said
from inbox.messaging.keywords import START_WORDS, STOP_WORDS

KINDS: Mapping[str, str] = {"join": _("Join the talent network"), "apply": _("Apply to a job")}
MOST_NAME = 80
MOST_KEYWORDS = 5
MOST_KEYWORD = 24
MOST_HOURS = 24 * 14


@dataclass(frozen=True, slots=True)
class Wish:
    """The form as it was typed; `keywords` with commas between."""

    name: str
    kind: str
    keywords: str
    job: str
    tag: str
    hours: str
    tells: bool
    script: TypedScript


@dataclass(frozen=True, slots=True)
class Settled:
    """An intent that can be kept."""

    columns: Mapping[str, Any]
    keywords: tuple[str, ...]
    script: Script


def blank(kind: str, reader: Reader) -> Wish:
    """What a new intent of this kind begins with, in the language of whoever writes it."""
    is_apply = kind == "apply"
    welcome = _("Thanks for your interest! A few quick questions.") if is_apply else _("Hi, good to hear from you!")
    script = TypedScript(
        welcome=said(welcome, reader),
        consent=said(_("May we keep your answers and text you about jobs?"), reader),
        goodbye=said(_("Thank you! A recruiter will read this and text you."), reader),
        handover=said(HANDOVER, reader),
        declined=said(_("All right, we keep nothing. Text us again whenever you like."), reader),
        tries="3",
        questions=[TypedQuestion(said(_("What is your name?"), reader), "text", fills="name")],
        language=reader.language,
    )
    tag = "" if is_apply else said(_("Talent network"), reader)
    return Wish("" if is_apply else KINDS["join"], kind, "", "", tag, "24", is_apply, script)


def settled(wish: Wish) -> Settled:
    """The intent that was typed. Raises Invalid with a sentence for each field, those of the script included."""
    wrong: dict[str, str] = {}
    name, job, tag = (" ".join(text.split()) for text in (wish.name, wish.job, wish.tag))
    if not name or len(name) > MOST_NAME:
        wrong["name"] = _("Enter a name.") if not name else _over(name, MOST_NAME)
    if wish.kind not in KINDS:
        wrong["kind"] = _("Choose what it is for.")
    if wish.kind == "apply" and not (0 < len(job) <= MOST_NAME):
        wrong["job"] = _("Enter the job.") if not job else _over(job, MOST_NAME)
    if len(tag) > labels.MOST_NAME:
        wrong["tag"] = _over(tag, labels.MOST_NAME)
    hours = wish.hours.strip()
    if not (hours.isdecimal() and 1 <= int(hours[:6]) <= MOST_HOURS):
        wrong["hours"] = _("Enter a number of hours from 1 to %(most)s.", most=MOST_HOURS)
    keywords, script = _keywords(wish.keywords, wrong), None
    try:
        script = chatbot_scripts.checked(wish.script)
    except Invalid as error:
        wrong |= error.fields
    if wrong or script is None:
        raise Invalid(wrong)
    columns = {
        "name": name,
        "kind": wish.kind,
        "job": job if wish.kind == "apply" else "",
        "tag": tag,
        "hours": int(hours),
        "tells": wish.tells,
    }
    return Settled(columns, keywords, script)


def _keywords(typed: str, wrong: dict[str, str]) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word for part in typed.split(",") if (word := chatbot_words.plain(part))))
    if complaint := _complaint(words):
        wrong["keywords"] = complaint
    return words


def _complaint(words: Sequence[str]) -> str | None:
    """What is wrong with these keywords; None when they can begin an intent."""
    if not words:
        return _("Enter the word that candidates text, such as JOIN.")
    if len(words) > MOST_KEYWORDS:
        return _("There are %(count)s keywords, %(most)s at most.", count=len(words), most=MOST_KEYWORDS)
    for word in words:
        if len(word) > MOST_KEYWORD:
            return _("“%(words)s” is longer than %(most)s characters.", words=word.upper(), most=MOST_KEYWORD)
        if word in STOP_WORDS | START_WORDS or word in ("yes", "help", "info"):
            return _("“%(words)s” means something to the networks. Choose another word.", words=word.upper())
        if chatbot_words.command(word):
            return _("“%(words)s” does something in every dialogue. Choose another word.", words=word.upper())
    return None


def _over(text: str, most: int) -> str:
    return _("%(count)s of %(most)s characters.", count=len(text), most=most)
