"""Twilio's webhook calls: is it really Twilio, and what does it tell?

Source: https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/usage/webhooks/webhooks-security.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, urlparse

from twilio.request_validator import RequestValidator, add_port, remove_port  # type: ignore[import-untyped]
from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]

from providers.contract import DeliveryReport, IncomingSms, MalformedWebhook, Media
from providers.segments import measure
from providers.twilio.fields import number_of, status_of, storable

EMPTY_TWIML = str(MessagingResponse())
"""The answer that sends nothing back; serve it as text/xml, as plain text may reach the candidate."""

_MOST_FIELDS = 1000
_MOST_MEDIA = 10
"""What a message can carry: https://www.twilio.com/docs/messaging/api/media-resource"""


@dataclass(frozen=True, slots=True)
class TwilioForm:
    """The fields of a call in their order, repeated and empty ones too, each as its exact bytes."""

    fields: tuple[tuple[bytes, bytes], ...]
    _first: Mapping[bytes, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_first", dict(reversed(self.fields)))

    def raw(self, name: str) -> bytes | None:
        """The bytes of the first field of that name."""
        return self._first.get(name.encode())

    def text(self, name: str) -> str:
        """The first field of that name as storable text; a missing one is empty."""
        return storable(self.raw(name) or b"")

    def required(self, name: str) -> str:
        """Like `text`, but raises `MalformedWebhook` when there is nothing."""
        text = self.text(name)
        if not text:
            raise MalformedWebhook(f"The webhook call has no {name}.")
        return text


def parse_form(raw: bytes) -> TwilioForm:
    """The form of a request body (application/x-www-form-urlencoded); of any other body nothing useful.

    Raises `MalformedWebhook` for more than a thousand fields.
    """
    # Latin-1 maps every byte to one character and back, so nothing of the body is lost on the way.
    try:
        pairs = parse_qsl(
            raw.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise MalformedWebhook("The webhook call has too many fields.") from error
    return TwilioForm(tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs))


def is_genuine(url: str, form: TwilioForm, signature: str | None, auth_tokens: Sequence[str]) -> bool:
    """Whether the signature (header X-Twilio-Signature) was made with one of the account's auth tokens.

    `url` is what Twilio was told to call, with its query and without its fragment: build it from the
    configured public address, never from the Host header. Two tokens serve a rotation.
    """
    if not signature:
        return False
    return any(_is_signed(url, form, signature, token) for token in auth_tokens if token)


def incoming_sms(form: TwilioForm) -> IncomingSms:
    """The text that a genuine call to the message webhook brings; raises `MalformedWebhook`."""
    raw_body = form.raw("Body") or b""
    body = storable(raw_body)
    return IncomingSms(
        provider_message_id=form.required("MessageSid"),
        account_id=form.required("AccountSid"),
        sender=form.required("From"),
        recipient=form.required("To"),
        body=body,
        segments=_segments(form, body),
        media=tuple(_media(form)),
        opt_out=_opt_out(form),
        raw_body=raw_body if body.encode() != raw_body else None,
    )


def delivery_report(form: TwilioForm, message_id: str | None) -> DeliveryReport:
    """What a genuine call to the status webhook reports; `message_id` is ours, from the callback URL.

    Raises `MalformedWebhook`.
    """
    raw_status = form.required("MessageStatus")
    return DeliveryReport(
        provider_message_id=form.required("MessageSid"),
        account_id=form.required("AccountSid"),
        status=status_of(raw_status),
        raw_status=raw_status,
        message_id=message_id,
        error_code=number_of(form.text("ErrorCode")) or None,
    )


class _Fields:
    """The form as `RequestValidator` wants it: names to iterate over, and `getall`."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in fields:
            self._values.setdefault(name, []).append(value)

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def getall(self, wanted: str) -> list[str]:
        return self._values[wanted]


def signature(url: str, fields: Mapping[str, str], auth_token: str) -> str:
    """What Twilio would put into X-Twilio-Signature for a POST of these fields to this address."""
    return str(RequestValidator(auth_token).compute_signature(url, dict(fields)))


def _is_signed(url: str, form: TwilioForm, signature: str, token: str) -> bool:
    """By the rule over bytes, which takes a tenth of the time, or else by the official library's word."""
    if _is_signed_over_bytes(url, form, signature, token):
        return True
    try:
        fields = _Fields((name.decode(), value.decode()) for name, value in form.fields)
        return bool(RequestValidator(token).validate(url, fields, signature))
    except UnicodeError:  # the library takes nothing but UTF-8
        return False


def _is_signed_over_bytes(url: str, form: TwilioForm, signature: str, token: str) -> bool:
    """HMAC-SHA1 over the URL and the sorted names and values, each value once.

    Source: "Validating signatures" in Twilio's webhook security page. As in the official library the URL counts with
    and without its port.
    """
    signed = b"".join([name + value for name, value in sorted(set(form.fields))])
    given = signature.encode("utf-8", "replace")
    for variant in _with_and_without_port(url):
        digest = hmac.digest(token.encode(), variant + signed, hashlib.sha1)
        if hmac.compare_digest(base64.b64encode(digest), given):
            return True
    return False


@lru_cache(maxsize=1024)
def _with_and_without_port(url: str) -> tuple[bytes, bytes]:
    target = urlparse(url)
    return remove_port(target).encode("utf-8", "replace"), add_port(target).encode("utf-8", "replace")


def _segments(form: TwilioForm, body: str) -> int:
    told = number_of(form.text("NumSegments")) or 0
    return told if 0 < told < 1000 else measure(body).segments


def _media(form: TwilioForm) -> Iterator[Media]:
    # The URLs themselves are counted: NumMedia only repeats how many there are.
    for index in range(_MOST_MEDIA):
        url = form.text(f"MediaUrl{index}")
        if not url:
            return
        yield Media(url, form.text(f"MediaContentType{index}") or "application/octet-stream")


def _opt_out(form: TwilioForm) -> Literal["stop", "start", "help"] | None:
    match form.text("OptOutType").lower():
        case "stop" | "start" | "help" as keyword:
            return keyword
    return None
