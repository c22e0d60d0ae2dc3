"""A text to send, and what Twilio answers about it."""

from typing import Any

from providers.contract import OutgoingSms
from tests.providers.twilio.calls import ACCOUNT

SMS = OutgoingSms(
    message_id="0190-a",
    sender="+61491570006",
    recipient="+61491570156",
    body="Hi Maya 👋🏽\nTuesday at 3? 50% + lunch & more = ok",
    status_url="https://inbox.example.org/hooks/twilio/abc/status?m=0190-a#rc=2&rp=5xx",
)
CREATED = {
    "sid": "SM" + "0" * 30 + "c1",
    "account_sid": ACCOUNT,
    "status": "queued",
    "num_segments": "2",
    "direction": "outbound-api",
    "date_created": "Tue, 24 Nov 2026 03:00:00 +0000",
    "date_sent": None,
    "error_code": None,
    "body": SMS.body,
    "from": SMS.sender,
    "to": SMS.recipient,
}


def refusal(code: int, message: str = "No.") -> dict[str, Any]:
    """The body of an answer that says no."""
    return {"code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}"}
