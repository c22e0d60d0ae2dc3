"""Twilio's error codes in words: what happened to the text, and what the reader can do now.

Source: https://www.twilio.com/docs/api/errors. Twilio adds codes and rewrites its own words at any time,
so these words are ours and an unknown code still gets a sentence.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

NOT_REACHED = 1
"""Our own code, below all of Twilio's and never shown: no request got through to it."""
OPTED_OUT_BEFORE = 2
"""Our own code too: the recipient asked for no more texts before it was handed over."""
_FIRST_OF_TWILIO = 1000

Kind = Literal["permanent", "temporary", "account", "unknown"]


class FailureAction(StrEnum):
    """The next step that a failure leaves."""

    TRY_AGAIN = "try-again"
    SEND_AGAIN = "send-again"
    """Like trying again, where the first one may have arrived."""
    CHANGE_NUMBER = "change-number"
    EDIT = "edit"
    CALL = "call"
    SETTINGS = "settings"
    NONE = "none"

    @property
    def words(self) -> str:
        """The text of its button; empty when there is nothing to press."""
        return _BUTTONS[self]


_BUTTONS = {
    FailureAction.TRY_AGAIN: "Try again",
    FailureAction.SEND_AGAIN: "Send again",
    FailureAction.CHANGE_NUMBER: "Change number",
    FailureAction.EDIT: "Edit and send",
    FailureAction.CALL: "Call or email",
    FailureAction.SETTINGS: "Settings",
    FailureAction.NONE: "",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a text did not arrive."""

    code: int | None
    words: str
    action: FailureAction
    kind: Kind
    """permanent: this text to this number never arrives; temporary: a later try may; account: an admin
    has to change something first; unknown: nobody can say."""


def explain(code: int | None) -> Failure:
    """The failure behind a code, from a refusal or from a delivery report; never fails."""
    if code is None:
        return Failure(None, "Not delivered. Twilio gave no reason.", FailureAction.TRY_AGAIN, "unknown")
    words, action, kind = _REASONS.get(code, (f"Not delivered. Code {code}.", FailureAction.TRY_AGAIN, "unknown"))
    return Failure(code if code >= _FIRST_OF_TWILIO else None, words, action, kind)


_TABLE: dict[tuple[Kind, FailureAction], dict[str, tuple[int, ...]]] = {
    ("permanent", FailureAction.CHANGE_NUMBER): {
        "This is not a number that can receive texts.": (21211, 21214, 21217, 21614, 63003, 63024),
        "This number is a landline. It cannot receive texts.": (21635,),
        "This number is not in service.": (30005,),
        "The carrier says this number is a landline. It cannot receive texts.": (30006,),
    },
    ("permanent", FailureAction.CALL): {
        "There is no way for texts from our number to this one.": (21612,),
        "The person's carrier or phone blocked this message.": (30004,),
        "This person must not be texted: the number is on a legal protection list.": (30640,),
    },
    ("permanent", FailureAction.NONE): {
        "This person opted out.": (21610, 63014),
    },
    ("permanent", FailureAction.EDIT): {
        "The carrier filtered this message as unwanted. Links and repeated texts are common causes.": (30007,),
        "The message has no text.": (21602,),
        "The message is longer than 1,600 characters.": (21617,),
        "The picture could not be sent: the carrier takes none, or it is too large.": (11751, 12300, 30011, 30019),
        "More than 24 hours have passed since the last reply, so only an approved template can be sent.": (63016,),
    },
    ("temporary", FailureAction.TRY_AGAIN): {
        "The phone could not be reached: off, or out of range.": (30003,),
        "The carrier gave no reason.": (30008,),
        "Twilio could not be reached.": (NOT_REACHED,),
        "This person asked for no more texts before it was sent.": (OPTED_OUT_BEFORE,),
        "Too many messages were waiting to be sent.": (21611, 30001),
        "Too many messages were sent at once.": (20429, 63018),
        "The carrier's network was too busy.": (30017, 30410),
        "Today's limit for our number is reached. It can send again tomorrow.": (30022, 30023, 30027, 63038),
        "The message waited too long to be sent.": (30036,),
        "It is outside the hours in which this person may be texted.": (30610,),
        "The registration of our US number is being set up.": (30035,),
    },
    ("temporary", FailureAction.NONE): {
        "Too many automatic replies went back and forth, so they were stopped.": (14107,),
        "Part of this person's message was lost. Ask them to send it again.": (30009,),
    },
    ("account", FailureAction.SETTINGS): {
        "Our account details were refused.": (20003,),
        "Our account was not found at Twilio.": (20404,),
        "Our account is suspended.": (30002,),
        "Texting this country is switched off.": (21408,),
        "Our number cannot text this destination.": (21212, 21601, 21606, 21659),
        "Twilio could not fetch the picture: the address of this inbox has to be open to it.": (11200, 21620, 63019),
        "Our account is a trial: it can text only numbers that were verified.": (21219, 21608),
        "The messaging service has no number that can text this person.": (21703, 21705, 21712),
        "Our number is not registered with this carrier yet.": (30018, 30024),
        "Our toll-free number is not verified yet.": (30032,),
        "The registration of our US number is suspended.": (30033,),
        "Our US number is not registered yet, so US carriers refuse it.": (30034,),
        "Twilio stopped this message to protect the account from fraud.": (30450,),
    },
    ("unknown", FailureAction.TRY_AGAIN): {
        "Twilio had a fault of its own. We do not know yet if it went out.": (20500, 20503),
    },
}

_REASONS: dict[int, tuple[str, FailureAction, Kind]] = {
    code: (words, action, kind)
    for (kind, action), reasons in _TABLE.items()
    for words, codes in reasons.items()
    for code in codes
}
