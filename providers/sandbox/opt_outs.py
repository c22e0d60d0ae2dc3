"""Who sent STOP to which company number, and what Twilio itself answers to its keywords."""

from enum import Enum

_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "UNSTOP", "YES"})
_HELP = frozenset({"HELP", "INFO"})


class Keyword(Enum):
    """A keyword of Twilio's default opt-out handling; the value is the text that Twilio answers with."""

    STOP = (
        "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe."
    )
    START = (
        "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
        "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    )
    HELP = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


def keyword_in(body: str) -> Keyword | None:
    """The keyword that is the whole text, in any case; words around it make it an ordinary text."""
    word = body.strip().upper()
    if word in _STOP:
        return Keyword.STOP
    if word in _START:
        return Keyword.START
    return Keyword.HELP if word in _HELP else None


class OptOuts:
    """Pairs of candidate and company number between which nothing may be sent."""

    def __init__(self) -> None:
        self._left: dict[str, set[str]] = {}

    def blocks(self, *, candidate: str, company_number: str) -> bool:
        return company_number in self._left.get(candidate, ())

    def has_left(self, candidate: str) -> bool:
        """Whether any company number is blocked for this candidate."""
        return bool(self._left.get(candidate))

    def note(self, keyword: Keyword, *, candidate: str, company_number: str) -> bool:
        """Act on a keyword. Whether Twilio answers: not a second STOP, and not a YES that undoes nothing."""
        left = self._left.setdefault(candidate, set())
        was_blocked = company_number in left
        if keyword is Keyword.STOP:
            left.add(company_number)
            return not was_blocked
        if keyword is Keyword.START:
            left.discard(company_number)
            return was_blocked
        return True
