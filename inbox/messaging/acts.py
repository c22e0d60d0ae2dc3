"""What is done with a conversation, told beside its thread: each as a sentence."""

from typing import Literal

from inbox.languages import _, gathered, known, ngettext
from inbox.messaging import meanings

Act = Literal[
    "assigned",
    "released",
    "closed",
    "reopened",
    "snoozed",
    "woken",
    "escalated",
    "withdrawn",
    "confirmed",
    "opted_out",
    "cleared",
    "handed_over",
    "finished",
    "gave_up",
    "named",
    "meant",
    "began",
    "aside",
    "orphaned",
]


def words(act: Act, author: str, subject: str | None) -> str:
    """The sentence of an act by `author`, "" for nobody; what `subject` is depends on the act."""
    if not author and act == "woken":
        return _("The snooze is over.")
    simple = _by(act, author)
    if simple is not None:
        return simple
    match act:
        case "assigned" if not author:
            return _("A workflow assigned this to %(owner)s.", owner=subject or _("somebody"))
        case "assigned" if subject == author:
            return _("%(author)s took this conversation.", author=author)
        case "assigned":
            return _("%(name)s assigned this to %(owner)s.", name=author, owner=subject or _("somebody"))
        case "orphaned":
            return _("%(name)s cannot sign in any more. Nobody has this conversation now.", name=subject)
        case "escalated":
            return _escalated(subject or "")
        case "withdrawn":
            return _("Not sent any more: %(what)s.", what=known(subject or ""))
        case "meant":
            return _("%(author)s took the answer for “%(words)s”.", author=author, words=meanings.words(subject or ""))
        case "began" | "aside":
            return _of_workflow(act, author, subject or "")
        case "named" if subject:
            return _("%(author)s said that this is %(name)s.", author=author, name=subject)
        case "named":
            return _("%(author)s said that it is not known who writes here.", author=author)
    return _let_go(act, subject or "")


def of_text(event: str | None, first_name: str) -> str | None:
    """The sentence of what a text of the candidate did beside being read; None when it did nothing."""
    match event:
        case "opted_out":
            return _(
                "%(name)s opted out. Nobody here can text this number until %(name)s sends START.", name=first_name
            )
        case "presumed":
            return _(
                "%(name)s seems to ask for no more texts. Nobody can text this number until it is read.",
                name=first_name,
            )
        case "helped":
            return _("%(name)s asked for help. Twilio answers this word by itself.", name=first_name)
        case "opted_in":
            return _("%(name)s allows texts again.", name=first_name)
    return None


def _by(act: Act, author: str) -> str | None:
    """The sentence of what needs no other word than who did it."""
    match act:
        case "released":
            return _("%(author)s assigned this to nobody.", author=author)
        case "closed":
            return _("%(author)s closed this conversation.", author=author)
        case "reopened":
            return _("%(author)s reopened this conversation.", author=author)
        case "snoozed":
            return _("%(author)s snoozed this conversation until", author=author)
        case "woken":
            return _("%(author)s brought this conversation back.", author=author)
        case "opted_out":
            return _("%(author)s wrote down that no more texts are wanted here.", author=author)
        case "confirmed":
            return _("%(author)s confirmed that this was an opt-out.", author=author)
        case "cleared":
            return _("%(author)s has read it: this was no opt-out.", author=author)
    return None


def _of_workflow(act: Act, author: str, subject: str) -> str:
    """How a workflow came to the candidate, or let go of them."""
    name, _line, reason = subject.partition("\n")
    if act == "aside":
        return _("Workflow “%(name)s” stopped: %(reason)s.", name=name, reason=known(reason))
    if author:
        return _("%(author)s started the workflow “%(name)s”.", author=author, name=name)
    return _("Workflow “%(name)s” started.", name=name)


def _escalated(told: str) -> str:
    hours, _blank, back = told.partition(" ")
    waited = ngettext(
        "No answer for %(num)s working hour.",
        "No answer for %(num)s working hours.",
        int(hours) if hours.isdecimal() else 0,
    )
    return gathered((waited, _("This conversation went back to Shared."))) if back else waited


def _let_go(act: Act, why: str) -> str:
    """How the chatbot let go of the conversation."""
    if act == "finished":
        return _("Text Engage finished: %(name)s.", name=why)
    if act == "handed_over":
        return _("Text Engage handed over: %(reason)s.", reason=known(why))
    return _("Text Engage stopped: %(reason)s.", reason=known(why))
