"""Twilio's REST paths for messages, numbers and the account."""

import asyncio
import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import connection, resources, rest_compliance, rest_media, rest_trust_hub
from providers.sandbox.accounts import Account, OwnedNumber
from providers.sandbox.faults import AFTER_ACCEPT, BEFORE_ACCEPT, Fault, FaultKind
from providers.sandbox.message import Status
from providers.sandbox.outgoing import WantedText
from providers.sandbox.paging import PageWanted, message_page
from providers.sandbox.refusals import TwilioRefusal
from providers.sandbox.rest_media import message_of
from providers.sandbox.sandbox import Sandbox, SendRequest

Form = dict[str, list[str]]
Handler = Callable[[Request, Sandbox, Account], Awaitable[Response]]

_NUMBER_SETTINGS = {
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "FriendlyName": "label",
}


class _Cut(Exception):
    """The connection is gone; there is nobody to answer."""


async def create_message(request: Request, sandbox: Sandbox, account: Account) -> Response:
    wanted = WantedText.of(await _form(request))

    def log(outcome: str, sid: str = "") -> None:
        sandbox.requests.append(
            SendRequest(wanted.recipient, wanted.sender, wanted.body, outcome, sid, wanted.validity_seconds)
        )

    try:
        await _fault_before(request, sandbox, "create", wanted.recipient, wanted.body)
        message = sandbox.take(account, wanted)
    except TwilioRefusal as refusal:
        log(f"refused {refusal.code}")
        raise
    except _Cut:
        log("reset")
        raise
    answer = resources.message(message)
    fault = sandbox.faults.take(AFTER_ACCEPT, to=wanted.recipient, body=wanted.body)
    log(fault.kind.value if fault else "accepted", message.sid)
    if fault:
        await _fault_after(request, fault)
    return JSONResponse(answer, 201)


async def list_messages(request: Request, sandbox: Sandbox, account: Account) -> Response:
    await _fault_before(request, sandbox, "list", request.query_params.get("To", ""))
    path = f"{resources.account_path(account.sid)}/Messages.json"
    wanted, page, next_token, previous_token = message_page(
        sandbox.messages, account.sid, path, request.query_params, time.monotonic()
    )
    items = [resources.message(message) for message in page]
    return JSONResponse(wanted.answer("messages", items, next_token=next_token, previous_token=previous_token))


async def fetch_message(request: Request, sandbox: Sandbox, account: Account) -> Response:
    message = message_of(request, sandbox, account)
    await _fault_before(request, sandbox, "fetch", message.recipient, message.body)
    return JSONResponse(resources.message(message))


async def update_message(request: Request, sandbox: Sandbox, account: Account) -> Response:
    """Twilio changes only two things: it redacts the body, and it cancels what waits."""
    message = message_of(request, sandbox, account)
    form = await _form(request)
    if status := form.get("Status"):
        if status[0] != Status.CANCELED or not message.status.is_waiting:
            raise TwilioRefusal(30409)
        sandbox.force_status(message, Status.CANCELED)
    if form.get("Body") == [""]:
        message.body = ""
    return JSONResponse(resources.message(message))


async def delete_message(request: Request, sandbox: Sandbox, account: Account) -> Response:
    message = message_of(request, sandbox, account)
    if message.status.is_waiting:
        raise TwilioRefusal(20009, 409)
    sandbox.messages.delete(message)
    return Response(status_code=204)


async def list_numbers(request: Request, sandbox: Sandbox, account: Account) -> Response:
    await _fault_before(request, sandbox, "account")
    wanted = PageWanted.of(f"{resources.account_path(account.sid)}/IncomingPhoneNumbers.json", request.query_params)
    part = request.query_params.get("PhoneNumber", "").lstrip("+")
    found = [number for number in account.numbers.values() if part in number.number]
    start = wanted.page * wanted.size
    items = [_shown(sandbox, number) for number in found[start : start + wanted.size]]
    has_more = start + wanted.size < len(found)
    # Twilio's tokens are opaque; a number list needs none, the page says it all.
    return JSONResponse(wanted.answer("incoming_phone_numbers", items, next_token="PA0" if has_more else ""))


async def fetch_number(request: Request, sandbox: Sandbox, account: Account) -> Response:
    return JSONResponse(_shown(sandbox, _number(request, account)))


async def update_number(request: Request, sandbox: Sandbox, account: Account) -> Response:
    number = _number(request, account)
    form = await _form(request)
    for field, attribute in _NUMBER_SETTINGS.items():
        if field in form:
            setattr(number, attribute, form[field][0])
    if "EmergencyAddressSid" in form:
        address = sandbox.compliance.get(account.sid, form["EmergencyAddressSid"][0])
        if address is None or not address.values.get("emergency_enabled"):
            raise TwilioRefusal(20404, 404)
        sandbox.compliance.register(number.sid, address)
    return JSONResponse(_shown(sandbox, number))


def _shown(sandbox: Sandbox, number: OwnedNumber) -> dict[str, Any]:
    return resources.number(number, sandbox.compliance.get(number.account_sid, number.sid))


async def fetch_balance(request: Request, sandbox: Sandbox, account: Account) -> Response:
    await _fault_before(request, sandbox, "account")
    return JSONResponse(resources.balance(account))


async def fetch_account(request: Request, sandbox: Sandbox, account: Account) -> Response:
    await _fault_before(request, sandbox, "account")
    return JSONResponse(resources.account(account))


def routes(sandbox: Sandbox) -> list[Route]:
    """The paths of https://www.twilio.com/docs/messaging/api that the product uses; the busiest first."""
    account = f"/{resources.API_VERSION}/Accounts/{{account_sid}}"
    served: list[tuple[str, dict[str, Handler]]] = [
        ("/Messages.json", {"POST": create_message, "GET": list_messages}),
        (
            "/Messages/{sid}.json",
            {"GET": fetch_message, "POST": update_message, "DELETE": delete_message},
        ),
        ("/Messages/{sid}/Media.json", {"GET": rest_media.list_media}),
        (
            "/Messages/{sid}/Media/{media_sid}.json",
            {"GET": rest_media.fetch_media, "DELETE": rest_media.delete_media},
        ),
        ("/Messages/{sid}/Media/{media_sid}", {"GET": rest_media.content}),
        ("/IncomingPhoneNumbers.json", {"GET": list_numbers}),
        ("/IncomingPhoneNumbers/{sid}.json", {"GET": fetch_number, "POST": update_number}),
        ("/Addresses.json", rest_trust_hub.ADDRESSES),
        ("/Balance.json", {"GET": fetch_balance}),
        (".json", {"GET": fetch_account}),
    ]
    known = [Route(account + path, _endpoint(sandbox, handlers), methods=_METHODS) for path, handlers in served]
    known += [Route(path, _endpoint(sandbox, handlers), methods=_METHODS) for path, handlers in _BEYOND_TEXTS]
    return [*known, Route(f"/{resources.API_VERSION}/{{path:path}}", _not_found, methods=_METHODS)]


_BEYOND_TEXTS = (*rest_compliance.SERVED, *rest_trust_hub.SERVED)
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _endpoint(sandbox: Sandbox, handlers: dict[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            account = _authenticate(request, sandbox)
            handler = handlers.get("GET" if request.method == "HEAD" else request.method)
            if handler is None:
                raise TwilioRefusal(20004, 405)
            return await handler(request, sandbox, account)
        except TwilioRefusal as refusal:
            return refusal.response()
        except (_Cut, ClientDisconnect):
            return Response(status_code=503)  # nobody reads it any more

    return endpoint


async def _not_found(request: Request) -> Response:
    return TwilioRefusal(20404, 404, f"The requested resource {request.url.path} was not found").response()


def _authenticate(request: Request, sandbox: Sandbox) -> Account:
    scheme, _space, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _colon, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TwilioRefusal(20003, 401) from None
    account = sandbox.accounts.get(user)
    if scheme.lower() != "basic" or account is None or not account.accepts(token):
        raise TwilioRefusal(20003, 401)
    if request.path_params.get("account_sid", account.sid) != account.sid:
        raise TwilioRefusal(20003, 401, "Permission Denied")
    return account


async def _form(request: Request) -> Form:
    return parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)


async def _fault_before(request: Request, sandbox: Sandbox, on: str, to: str = "", body: str = "") -> None:
    fault = sandbox.faults.take(BEFORE_ACCEPT, on=on, to=to, body=body)
    if fault is None:
        return
    match fault.kind:
        case FaultKind.REFUSE:
            raise TwilioRefusal(fault.code or 21610, fault.status or 400)
        case FaultKind.THROTTLE:
            raise TwilioRefusal(20429, 429, retry_after=fault.retry_after)
        case FaultKind.ERROR:
            raise TwilioRefusal(fault.code or 20500, fault.status or 500)
        case FaultKind.RESET:
            await connection.cut(request)
            raise _Cut
        case _:
            await asyncio.sleep(fault.seconds)


async def _fault_after(request: Request, fault: Fault) -> None:
    match fault.kind:
        case FaultKind.ERROR_AFTER_ACCEPT:
            raise TwilioRefusal(fault.code or 20500, fault.status or 500)
        case FaultKind.RESET_AFTER_ACCEPT:
            await connection.cut(request)
            raise _Cut
        case _:
            await asyncio.sleep(fault.seconds)


def _number(request: Request, account: Account) -> OwnedNumber:
    number = account.number_by_sid(request.path_params["sid"])
    if number is None:
        raise TwilioRefusal(20404, 404, f"The requested resource {request.url.path} was not found")
    return number
