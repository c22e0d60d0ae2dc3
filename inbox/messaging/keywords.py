"""The words that the provider obeys and answers by itself, and what is taken for them."""

from typing import Literal

from inbox.messaging import refusals
from providers.contract import IncomingSms

# Twilio's default keywords for long codes: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
# The last two are the FCC's: https://www.ecfr.gov/current/title-47/section-64.1200
STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt-out"}
)
START_WORDS = frozenset({"start", "unstop"})
HELP_WORDS = frozenset({"help", "info"})

Heard = Literal["stop", "start", "help", "presumed"]


def keyword(sms: IncomingSms) -> str | None:
    """ "stop" or "start" when the text is nothing but such a word, or when the provider said so; else None."""
    if sms.opt_out in {"stop", "start"}:
        return sms.opt_out
    word = _word(sms)
    if word in STOP_WORDS:
        return "stop"
    return "start" if word in START_WORDS else None


def heard(sms: IncomingSms) -> Heard | None:
    """What a text says beside its words; "presumed" is a wish for no more texts that a person has to look at."""
    word = keyword(sms)
    if word is not None:
        return "stop" if word == "stop" else "start"
    if sms.opt_out == "help" or _word(sms) in HELP_WORDS:
        return "help"
    return "presumed" if refusals.is_refusal(sms.body) else None


def is_answered_by_provider(sms: IncomingSms) -> bool:
    """Whether a text is a word that the provider answers by itself: nobody waits for a person then."""
    return heard(sms) in ("stop", "start", "help")


def _word(sms: IncomingSms) -> str:
    return sms.body.strip().removesuffix(".").casefold()
