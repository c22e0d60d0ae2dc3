"""Whether Twilio takes a text: the checks in their order, then the message it keeps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from providers.sandbox.accounts import Account
from providers.sandbox.message import MediaItem, Message, Status, new_sid
from providers.sandbox.messages import Messages
from providers.sandbox.opt_outs import OptOuts
from providers.sandbox.refusals import TwilioRefusal
from providers.segments import measure

LONGEST_BODY = 1_600
MOST_MEDIA = 10
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_WRITTEN_APART = str.maketrans("", "", " -.()")

MAGIC_SENDER = "+15005550006"
"""Twilio's test number that always works; as with Twilio's test credentials no status follows."""

_MAGIC_SENDER_REFUSALS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_MAGIC_RECIPIENT_REFUSALS = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
"""https://www.twilio.com/docs/iam/test-credentials"""


@dataclass(frozen=True, slots=True)
class WantedText:
    """The form fields of POST Messages.json that the sandbox acts on."""

    recipient: str
    sender: str
    body: str
    service: str
    status_callback: str
    media_urls: tuple[str, ...] = field(default=())
    is_smart_encoded: bool = False
    validity_seconds: int = 0
    """0 when the form names none: then Twilio holds a text for ten hours."""

    @classmethod
    def of(cls, form: Mapping[str, list[str]]) -> "WantedText":
        def first(name: str) -> str:
            return form.get(name, [""])[0]

        return cls(
            recipient=first("To").strip(),
            sender=first("From").strip(),
            body=first("Body"),
            service=first("MessagingServiceSid"),
            status_callback=first("StatusCallback"),
            media_urls=tuple(form.get("MediaUrl", ())),
            is_smart_encoded=first("SmartEncoded").lower() == "true",
            validity_seconds=int(first("ValidityPeriod")) if first("ValidityPeriod").isdecimal() else 0,
        )


def accept(wanted: WantedText, account: Account, messages: Messages, opt_outs: OptOuts) -> Message:
    """Keep the text as Twilio would, `queued`. Raises TwilioRefusal with its own code when it would not."""
    _refuse_what_is_missing(wanted)
    sender = _sender(wanted, account)
    recipient = _recipient(wanted, sender)
    if opt_outs.blocks(candidate=recipient, company_number=sender):
        raise TwilioRefusal(21610)
    if wanted.status_callback and not _is_web_address(wanted.status_callback):
        raise TwilioRefusal(21609, words=f"The 'StatusCallback' URL {wanted.status_callback} is not a valid URL.")
    counted = measure(wanted.body)
    body = counted.smart if wanted.is_smart_encoded else wanted.body
    segments = (measure(body) if body != wanted.body else counted).segments
    if wanted.media_urls:
        segments = 1  # an MMS is billed as one, however long its words are
    account.segments_sent += segments
    return messages.add(
        account_sid=account.sid,
        sender=sender,
        recipient=recipient,
        body=body,
        segments=segments,
        direction="outbound-api",
        status=Status.QUEUED,
        media=tuple(MediaItem(new_sid("ME"), url, "image/jpeg") for url in wanted.media_urls),
        status_callback=wanted.status_callback,
    )


def _refuse_what_is_missing(wanted: WantedText) -> None:
    if not wanted.recipient:
        raise TwilioRefusal(21604)
    if not wanted.sender and wanted.service:
        raise TwilioRefusal(21705, words=f"The Messaging Service Sid {wanted.service} is invalid.")
    if not wanted.sender:
        raise TwilioRefusal(21603)
    if not wanted.body and not wanted.media_urls:
        raise TwilioRefusal(21602)
    if len(wanted.media_urls) > MOST_MEDIA:
        raise TwilioRefusal(21623)
    if not all(map(_is_web_address, wanted.media_urls)):
        raise TwilioRefusal(21620)
    if len(wanted.body) > LONGEST_BODY:
        raise TwilioRefusal(21617)


def _sender(wanted: WantedText, account: Account) -> str:
    sender = wanted.sender.translate(_WRITTEN_APART)
    if code := _MAGIC_SENDER_REFUSALS.get(sender):
        raise TwilioRefusal(code)
    if sender != MAGIC_SENDER and sender not in account.numbers:
        raise TwilioRefusal(
            21606,
            words=f"The 'From' phone number provided ({wanted.sender}) is not a valid message-capable Twilio "
            "phone number for this destination.",
        )
    return sender


def _recipient(wanted: WantedText, sender: str) -> str:
    recipient = wanted.recipient.translate(_WRITTEN_APART)
    if code := _MAGIC_RECIPIENT_REFUSALS.get(recipient):
        raise TwilioRefusal(code)
    if not _E164.fullmatch(recipient):
        raise TwilioRefusal(21211, words=f"Invalid 'To' Phone Number: {wanted.recipient}")
    if recipient == sender:
        raise TwilioRefusal(21266)
    return recipient


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
