"""A Twilio account that sends our texts and tells what became of them, over the official library."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from typing import Any

from twilio.base import values  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.api.v2010.account.message import MessageInstance  # type: ignore[import-untyped]

from providers.contract import (
    AcceptedSms,
    DeliveryStatus,
    ListedSms,
    Media,
    OutgoingSms,
    OwnedNumber,
    ProviderError,
    Refused,
    Unconfirmed,
)
from providers.segments import measure
from providers.twilio.fields import number_of, status_of, storable
from providers.twilio.transport import TwilioTransport

__all__ = ["TwilioClient", "TwilioTransport"]

_PAGE = 100
_API = "https://api.twilio.com"


class TwilioClient:
    """One account at Twilio, a `Provider`; cheap to make, as the connections are the transport's."""

    def __init__(self, transport: TwilioTransport, account_sid: str, auth_token: str) -> None:
        # An empty environment would be replaced by the real one, whose TWILIO_EDGE or TWILIO_REGION
        # would lead round the transport's address.
        self._twilio = Client(account_sid, auth_token, http_client=transport, environment={"TWILIO_REGION": ""})

    async def send(self, sms: OutgoingSms) -> AcceptedSms:
        """Ask Twilio once to send; raises `ProviderError`.

        Source: https://www.twilio.com/docs/messaging/api/message-resource. There is no idempotency key, so
        `Unconfirmed` is all that can be said when the answer got lost.
        """
        with answers_read_carefully():
            message = await self._twilio.messages.create_async(
                to=sms.recipient,
                from_=sms.sender,
                body=sms.body or values.unset,
                media_url=list(sms.media_urls) or values.unset,
                status_callback=sms.status_url,
                validity_period=sms.validity_seconds,
                smart_encoded=True,
            )
            return AcceptedSms(
                provider_message_id=_sid(message),
                status=status_of(message.status) or DeliveryStatus.ACCEPTED,
                segments=number_of(message.num_segments) or None,
            )

    async def fetch(self, provider_message_id: str) -> ListedSms:
        """One message; raises `Refused` with code 20404 when the account has none with this id."""
        with answers_read_carefully():
            return _listed(await self._twilio.messages(provider_message_id).fetch_async())

    async def delete(self, provider_message_id: str) -> None:
        """Have Twilio forget a message and its pictures; raises `ProviderError`: 20009 while it is under way.

        Source: https://www.twilio.com/docs/messaging/api/message-resource#delete-a-message-resource.
        """
        with answers_read_carefully():
            for one in await self._twilio.messages(provider_message_id).media.list_async():
                await self._twilio.messages(provider_message_id).media(one.sid).delete_async()
            await self._twilio.messages(provider_message_id).delete_async()

    async def list_messages(
        self,
        *,
        recipient: str | None = None,
        sender: str | None = None,
        sent_after: datetime | None = None,
        sent_before: datetime | None = None,
        limit: int | None = None,
    ) -> AsyncGenerator[ListedSms, None]:
        """Messages newest first, page by page as they are asked for; raises `ProviderError`.

        `sent_after` and `sent_before` are aware times. Twilio compares them with the time of sending, which a
        waiting message does not have yet, and promises no more than their days.
        """
        filters: dict[str, Any] = {"limit": limit, "page_size": min(limit or _PAGE, _PAGE)}
        if recipient is not None:
            filters["to"] = recipient
        if sender is not None:
            filters["from_"] = sender
        if sent_after is not None:
            # The library prints the clock's digits and calls them UTC, whatever the zone.
            filters["date_sent_after"] = sent_after.astimezone(UTC)
        if sent_before is not None:
            filters["date_sent_before"] = sent_before.astimezone(UTC)
        with answers_read_carefully():
            stream = await self._twilio.messages.stream_async(**filters)
        async with aclosing(stream):
            while True:
                with answers_read_carefully():
                    message = await anext(stream, None)
                    if message is None:
                        return
                    listed = _listed(message)
                yield listed

    async def list_media(self, provider_message_id: str) -> tuple[Media, ...]:
        """The pictures and files of one message, in their order; raises `ProviderError`.

        Source: https://www.twilio.com/docs/messaging/api/media-resource.
        """
        with answers_read_carefully():
            found = await self._twilio.messages(provider_message_id).media.list_async()
            return tuple(Media(f"{_API}{item.uri.removesuffix('.json')}", item.content_type) for item in found)

    async def check_credentials(self) -> None:
        """Raise `Refused` when Twilio does not accept the account's details, or has closed the account."""
        with answers_read_carefully():
            account = await self._twilio.api.v2010.accounts(self._twilio.account_sid).fetch_async()
            if account.status in {"suspended", "closed"}:
                raise Refused(f"This Twilio account is {account.status}.", 20003)

    async def find_number(self, number: str) -> OwnedNumber | None:
        """The account's number (E.164), None when it has none of this name; raises `ProviderError`.

        Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, whose filter also finds
        numbers that only hold these digits.
        """
        with answers_read_carefully():
            found = await self._twilio.incoming_phone_numbers.list_async(phone_number=number, limit=_PAGE)
            exact = next((one for one in found if one.phone_number == number), None)
            if exact is None:
                return None
            return OwnedNumber(_sid(exact), number, exact.sms_url or "", exact.sms_method or "POST")

    async def deliver_to(self, provider_number_id: str, url: str) -> None:
        """Have the texts that come in on this number delivered to `url`, by POST; raises `ProviderError`."""
        with answers_read_carefully():
            await self._twilio.incoming_phone_numbers(provider_number_id).update_async(sms_url=url, sms_method="POST")


@contextmanager
def answers_read_carefully() -> Iterator[None]:
    """Whatever fails on an answer of Twilio's is an `Unconfirmed`; a `ProviderError` stays what it is."""
    # The transport lets only 2xx answers through, so whatever fails beyond it fails on an answer: Twilio
    # did something, and we cannot read what.
    try:
        yield
    except ProviderError:
        raise
    except Exception as error:
        raise Unconfirmed("Twilio's answer could not be read.") from error


def _listed(message: MessageInstance) -> ListedSms:
    created_at = message.date_created or message.date_sent or message.date_updated
    if created_at is None:
        raise ValueError("a message without a date")
    body = storable((message.body or "").encode("utf-8", "surrogatepass"))
    return ListedSms(
        provider_message_id=_sid(message),
        direction="inbound" if message.direction == "inbound" else "outbound",
        sender=message.from_ or "",
        recipient=message.to or "",
        body=body,
        status=_status(message),
        error_code=number_of(message.error_code) or None,
        segments=number_of(message.num_segments) or measure(body).segments,
        created_at=created_at,
        sent_at=message.date_sent,
        media_count=number_of(message.num_media) or 0,
    )


def _status(message: MessageInstance) -> DeliveryStatus:
    # Of a message that is still coming in, pictures and words may be missing.
    known = None if message.status == "receiving" else status_of(message.status)
    return known or DeliveryStatus.UNKNOWN


def _sid(resource: Any) -> str:
    if not resource.sid:
        raise ValueError("an answer without a SID")
    return str(resource.sid)
