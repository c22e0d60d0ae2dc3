"""Webhook calls to test with: recorded ones, and short ones made here."""

from pathlib import Path
from urllib.parse import urlencode

from providers.twilio.webhooks import TwilioForm, parse_form

ACCOUNT = "AC" + "0" * 31 + "1"
_RECORDED = Path(__file__).parents[2] / "recorded"


def recorded(name: str) -> bytes:
    """The body of a call as Twilio sends it."""
    return (_RECORDED / f"{name}.form").read_bytes()


def body_of(**fields: str) -> bytes:
    """The body of a call with the fields that every call has, and these."""
    known = {"MessageSid": "SM1", "AccountSid": ACCOUNT, "From": "+61491570156", "To": "+61491570006"}
    return urlencode(known | fields).encode()


def form_of(**fields: str) -> TwilioForm:
    """The form of such a call."""
    return parse_form(body_of(**fields))
