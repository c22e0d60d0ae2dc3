"""Plays a candidate: a text to a company number, and Twilio's call to the app about it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import phonenumbers

from providers.contract import Media
from providers.sandbox.accounts import OwnedNumber
from providers.sandbox.media import File, Files
from providers.sandbox.message import MediaItem, Message, new_sid
from providers.sandbox.resources import API_VERSION, media_url
from providers.sandbox.webhooks import Answer


@dataclass(frozen=True, slots=True)
class CandidateText:
    """What a candidate texts; numbers in E.164. `opt_out_type` is set as with Twilio's Advanced Opt-Out."""

    sender: str
    recipient: str
    body: str
    media: tuple[Media | File, ...] = ()
    opt_out_type: str = ""

    def media_items(self, files: Files) -> tuple[MediaItem, ...]:
        """Its media as Twilio keeps them: those that have bytes go among `files`."""
        items = []
        for item in self.media:
            sid = new_sid("ME")
            if isinstance(item, File):
                files.keep(sid, item)
            items.append(MediaItem(sid, "" if isinstance(item, File) else item.url, item.content_type))
        return tuple(items)


def webhook_fields(message: Message, opt_out_type: str = "") -> dict[str, str]:
    """The form of an incoming text (https://www.twilio.com/docs/messaging/guides/webhook-request)."""
    fields = {
        "ToCountry": _country(message.recipient),
        "ToState": "",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.body,
        "FromCountry": _country(message.sender),
        "To": message.recipient,
        "ToZip": "",
        "NumSegments": str(message.segments),
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    fields |= _media_fields(message)
    if opt_out_type:
        fields["OptOutType"] = opt_out_type
    return fields


def fallback_fields(fields: dict[str, str], failed: Answer, number: OwnedNumber) -> dict[str, str]:
    """The form once more for the fallback URL, with why the first URL failed."""
    return fields | {"ErrorCode": str(failed.error_code), "ErrorUrl": number.sms_url}


def called_now(message: Message) -> None:
    """Twilio dates an incoming text by its call to the webhook."""
    message.sent_at = message.updated_at = datetime.now(UTC)


def _media_fields(message: Message) -> dict[str, str]:
    fields = {}
    for place, item in enumerate(message.media):
        fields[f"MediaContentType{place}"] = item.content_type
        fields[f"MediaUrl{place}"] = media_url(item, message)
    return fields


@lru_cache(maxsize=10_000)
def _country(number: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
