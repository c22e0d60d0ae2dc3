"""What can go wrong, as one tree; `web/problems.py` turns each into a page, the worker into a decision.

InboxError
├── NotFound        no such thing for this organisation (404, never tells a foreign id from a missing one)
├── NotAllowed      known, but this role may not (403)
├── Invalid         the input cannot be taken; carries a sentence per field (422)
├── Refused         the rules forbid it now: opted out, no number (422)
├── Changed         somebody else was faster; carries what stands now (409)
├── TooMany         asked too often; carries the seconds to wait (429)
└── Unavailable     a part we need is away for the moment (503)
    └── Uncertain   it went away while the act was being stored: done or not, nobody knows yet (504)
"""

from collections.abc import Mapping

from inbox.languages import _, gathered


class InboxError(Exception):
    """Base of everything the application raises on purpose; `sentence` is fit to be shown to a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(InboxError):
    """There is no such thing in this organisation."""

    def __init__(self, sentence: str = _("There is nothing here. It may have been removed.")) -> None:
        super().__init__(sentence)


class NotAllowed(InboxError):
    """The signed-in person's role does not include this."""

    def __init__(self, sentence: str = _("Your role does not allow this. Ask an admin.")) -> None:
        super().__init__(sentence)


class Invalid(InboxError):
    """Input that cannot be taken; `fields` maps each field's name to its sentence."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(gathered(fields.values()))
        self.fields = dict(fields)


class Refused(InboxError):
    """A rule forbids the act for the present: opted out, nothing to send from."""


class Changed(InboxError):
    """Somebody or something else changed it meanwhile; `seen` is the newest event there is."""

    def __init__(self, sentence: str, *, seen: int) -> None:
        super().__init__(sentence)
        self.seen = seen


class TooMany(InboxError):
    """Asked too often; `seconds` says how long to wait."""

    def __init__(self, sentence: str, *, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class Unavailable(InboxError):
    """Something the act needs is away; nothing was lost, the act can be repeated."""


class Uncertain(Unavailable):
    """The act may have been done: only what finds its own traces, such as a text under its id, may be repeated."""


def too_long(length: int, most: int) -> str:
    """The sentence for a field that holds more characters than it may."""
    over = length - most
    return _("%(length)s of %(most)s characters. Shorten it by %(over)s.", length=length, most=most, over=over)
