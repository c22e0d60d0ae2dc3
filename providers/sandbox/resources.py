"""Twilio's resources as JSON, field by field as its OpenAPI description has them."""

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from providers.sandbox.accounts import PRICE_PER_SEGMENT, Account, OwnedNumber
from providers.sandbox.compliance import Resource
from providers.sandbox.message import MediaItem, Message
from providers.sandbox.refusals import TITLES

API_VERSION = "2010-04-01"


def message(kept: Message) -> dict[str, Any]:
    uri = f"{account_path(kept.account_sid)}/Messages/{kept.sid}"
    has_a_price = kept.sent_at is not None
    return {
        "account_sid": kept.account_sid,
        "api_version": API_VERSION,
        "body": kept.body,
        "date_created": rfc2822(kept.created_at),
        "date_sent": rfc2822(kept.sent_at),
        "date_updated": rfc2822(kept.updated_at),
        "direction": kept.direction,
        "error_code": kept.error_code,
        "error_message": TITLES.get(kept.error_code) if kept.error_code else None,
        "from": kept.sender,
        "messaging_service_sid": None,
        "num_media": str(len(kept.media)),
        "num_segments": str(kept.segments),
        "price": f"-{kept.segments * PRICE_PER_SEGMENT:.5f}" if has_a_price else None,
        "price_unit": "USD",
        "sid": kept.sid,
        "status": kept.status.value,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": kept.recipient,
        "uri": f"{uri}.json",
    }


def media_url(item: MediaItem, parent: Message) -> str:
    """Where a webhook says that a picture is: at Twilio's own address, which asks for the account's credentials."""
    return item.url or f"https://api.twilio.com{_media_path(item, parent)}"


def media(item: MediaItem, parent: Message) -> dict[str, Any]:
    uri = f"{_media_path(item, parent)}.json"
    return {
        "account_sid": parent.account_sid,
        "content_type": item.content_type,
        "date_created": rfc2822(parent.created_at),
        "date_updated": rfc2822(parent.created_at),
        "parent_sid": parent.sid,
        "sid": item.sid,
        "uri": uri,
    }


def _media_path(item: MediaItem, parent: Message) -> str:
    return f"{account_path(parent.account_sid)}/Messages/{parent.sid}/Media/{item.sid}"


def number(owned: OwnedNumber, emergency: Resource | None = None) -> dict[str, Any]:
    """`emergency` is where help is sent, and how far that is."""
    return {
        "account_sid": owned.account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"voice": False, "sms": True, "mms": True, "fax": False},
        "date_created": rfc2822(owned.created_at),
        "date_updated": rfc2822(owned.updated_at),
        "emergency_address_sid": emergency.items[0].sid if emergency else None,
        "emergency_address_status": emergency.status if emergency else "unregistered",
        "emergency_status": "Active" if emergency else "Inactive",
        "friendly_name": owned.label,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": owned.number,
        "sid": owned.sid,
        "sms_application_sid": None,
        "sms_fallback_method": owned.sms_fallback_method,
        "sms_fallback_url": owned.sms_fallback_url or None,
        "sms_method": owned.sms_method,
        "sms_url": owned.sms_url or None,
        "status": "in-use",
        "status_callback": None,
        "status_callback_method": "POST",
        "trunk_sid": None,
        "uri": f"{account_path(owned.account_sid)}/IncomingPhoneNumbers/{owned.sid}.json",
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": None,
    }


def account(opened: Account) -> dict[str, Any]:
    path = account_path(opened.sid)
    return {
        "auth_token": opened.auth_token,
        "date_created": rfc2822(opened.created_at),
        "date_updated": rfc2822(opened.created_at),
        "friendly_name": "Sandbox account",
        "owner_account_sid": opened.sid,
        "sid": opened.sid,
        "status": "active",
        "subresource_uris": {
            "balance": f"{path}/Balance.json",
            "incoming_phone_numbers": f"{path}/IncomingPhoneNumbers.json",
            "messages": f"{path}/Messages.json",
        },
        "type": "Full",
        "uri": f"{path}.json",
    }


def balance(opened: Account) -> dict[str, Any]:
    return {"account_sid": opened.sid, "balance": f"{opened.balance:.4f}", "currency": "USD"}


def account_path(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}"


def rfc2822(moment: datetime | None) -> str | None:
    """Twilio's dates: GMT, whole seconds, `Thu, 24 Aug 2023 05:01:45 +0000` (RFC 2822)."""
    return _whole_second(int(moment.timestamp())) if moment else None


@lru_cache(maxsize=4_096)
def _whole_second(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC))


def snake(name: str) -> str:
    """The name of a field in an answer, by the one in a request: PostalCode is postal_code."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("_")
