"""The JSON control: plays candidates, statuses and faults, and tells what the sandbox saw."""

import base64
import binascii
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.contract import Media
from providers.sandbox import resources
from providers.sandbox.faults import UnknownFault, fault_from_json
from providers.sandbox.incoming import CandidateText
from providers.sandbox.media import File
from providers.sandbox.message import Message, Status
from providers.sandbox.phones import Behaviour
from providers.sandbox.sandbox import NoSuchNumber, Sandbox

Handler = Callable[[Request, Sandbox], Awaitable[Response]]


class Unusable(ValueError):
    """A request that cannot be carried out; its text says why."""


async def inbound(request: Request, sandbox: Sandbox) -> Response:
    """A candidate texts. With `webhook` false the app is not told, as in an outage; without `wait`, later."""
    asked = await _json(request)
    text = _candidate_text(asked)
    owner = sandbox.accounts.owner_of(text.recipient)
    if owner is None or asked.get("account_sid", owner.sid) != owner.sid:
        raise Unusable(f"{text.recipient} is no company number of this account.")
    message = sandbox.arrive(text)
    if not asked.get("webhook", True):
        return JSONResponse({"sid": message.sid, "webhook_status": None, "webhook_body": None}, 201)
    if not asked.get("wait", True):
        sandbox.tell_app_later(message, text.opt_out_type)
        return JSONResponse({"sid": message.sid, "webhook_status": None, "webhook_body": None}, 202)
    answer = await sandbox.tell_app(message, text.opt_out_type)
    return JSONResponse({"sid": message.sid, "webhook_status": answer.status, "webhook_body": answer.body}, 201)


async def past(request: Request, sandbox: Sandbox) -> Response:
    """Texts of before, for the list alone: `texts` with from, to, body, at (ISO 8601) and maybe a status."""
    asked = await _json(request)
    try:
        texts = [(datetime.fromisoformat(str(one["at"])).astimezone(UTC), one) for one in asked["texts"]]
        for at, one in sorted(texts, key=itemgetter(0), reverse=True):
            wanted = Status(one.get("status", "delivered"))
            sandbox.remember(str(one["from"]), str(one["to"]), str(one["body"]), at, wanted)
    except (KeyError, TypeError, AttributeError, ValueError, NoSuchNumber) as error:
        raise Unusable(f"These texts cannot be remembered: {error}") from None
    return JSONResponse({"texts": len(texts)}, 201)


async def status(request: Request, sandbox: Sandbox) -> Response:
    """Set a status and report it now: any order, as often as asked."""
    asked = await _json(request)
    message = sandbox.messages.get(str(asked.get("sid", "")))
    if message is None:
        raise Unusable(f"There is no message {asked.get('sid')}.")
    if asked.get("status") not in list(Status):
        raise Unusable(f"status must be one of {', '.join(Status)}.")
    error_code = asked.get("error_code")
    if error_code is not None and not isinstance(error_code, int):
        raise Unusable("error_code must be a number.")
    sandbox.force_status(message, Status(asked["status"]), error_code)
    answer = await sandbox.report_status(message)
    return JSONResponse({"sid": message.sid, "status": message.status.value, "webhook_status": answer.status})


async def review(request: Request, sandbox: Sandbox) -> Response:
    """End the review of a bundle, brand or campaign now, with a status of Twilio's and a reason."""
    asked = await _json(request)
    if not sandbox.compliance.decide(str(asked.get("sid")), str(asked.get("status")), str(asked.get("reason") or "")):
        raise Unusable(f"There is no bundle, brand or campaign {asked.get('sid')}.")
    return Response(status_code=204)


async def add_fault(request: Request, sandbox: Sandbox) -> Response:
    sandbox.faults.add(fault_from_json(await _json(request)))
    return JSONResponse({"faults": sandbox.faults.listed()}, 201)


async def list_faults(_request: Request, sandbox: Sandbox) -> Response:
    return JSONResponse({"faults": sandbox.faults.listed()})


async def clear_faults(_request: Request, sandbox: Sandbox) -> Response:
    sandbox.faults.clear()
    return Response(status_code=204)


async def behaviour(request: Request, sandbox: Sandbox) -> Response:
    asked = await _json(request)
    number = str(asked.get("number", ""))
    try:
        sandbox.set_behaviour(number, str(asked.get("behaviour", "")))
    except ValueError:
        raise Unusable(f"behaviour must be one of {', '.join(Behaviour)}.") from None
    return JSONResponse({"number": number, "behaviour": sandbox.phones.behaviour_of(number).value})


async def messages(request: Request, sandbox: Sandbox) -> Response:
    """Every message in the order it came; `to`, `from`, `account_sid` narrow it, `limit` keeps the newest."""
    wanted = {"to": request.query_params.get("to"), "from": request.query_params.get("from")}
    account_sid = request.query_params.get("account_sid")
    limit = request.query_params.get("limit", "")

    def is_wanted(message: Message) -> bool:
        return (
            wanted["to"] in (None, message.recipient)
            and wanted["from"] in (None, message.sender)
            and account_sid in (None, message.account_sid)
        )

    found = [message for message in sandbox.messages if is_wanted(message)]
    shown = found[-int(limit) :] if limit.isdecimal() and int(limit) else found
    return JSONResponse({"total": len(found), "messages": [_seen(message) for message in shown]})


async def summary(_request: Request, sandbox: Sandbox) -> Response:
    """Counts for a run too large to list; a double is a text taken twice: same sender, recipient and body."""
    outbound = [message for message in sandbox.messages if message.direction != "inbound"]
    texts = Counter((message.sender, message.recipient, message.body) for message in outbound)
    counts = {
        "inbound": len(sandbox.messages) - len(outbound),
        "outbound": len(outbound),
        "statuses": Counter(message.status.value for message in outbound),
        "recipients": len({message.recipient for message in outbound}),
        "doubles": sum(times - 1 for times in texts.values()),
    }
    return JSONResponse(counts)


async def requests(request: Request, sandbox: Sandbox) -> Response:
    """Every POST to Messages.json, newest last, with what came of it; also the refused and broken ones."""
    to = request.query_params.get("to")
    found = [asdict(sent) for sent in sandbox.requests if to in (None, sent.recipient)]
    return JSONResponse({"total": len(found), "requests": found})


async def webhooks(request: Request, sandbox: Sandbox) -> Response:
    """Every call to a webhook, newest first, one line for each try."""
    sid = request.query_params.get("sid")
    log = (attempt for attempt in reversed(sandbox.webhooks.log) if sid in (None, attempt.sid))
    lines = [asdict(attempt) | {"at": attempt.at.isoformat()} for attempt in islice(log, 1_000)]
    return JSONResponse({"webhooks": lines})


def routes(sandbox: Sandbox) -> list[Route]:
    served: list[tuple[str, str, Handler]] = [
        ("/sandbox/inbound", "POST", inbound),
        ("/sandbox/past", "POST", past),
        ("/sandbox/status", "POST", status),
        ("/sandbox/review", "POST", review),
        ("/sandbox/faults", "POST", add_fault),
        ("/sandbox/faults", "GET", list_faults),
        ("/sandbox/faults", "DELETE", clear_faults),
        ("/sandbox/behaviour", "POST", behaviour),
        ("/sandbox/messages", "GET", messages),
        ("/sandbox/summary", "GET", summary),
        ("/sandbox/requests", "GET", requests),
        ("/sandbox/webhooks", "GET", webhooks),
    ]
    return [Route(path, _endpoint(sandbox, handler), methods=[method]) for path, method, handler in served]


def _endpoint(sandbox: Sandbox, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request, sandbox)
        except (Unusable, UnknownFault) as problem:
            return JSONResponse({"error": str(problem)}, 422)

    return endpoint


async def _json(request: Request) -> Mapping[str, Any]:
    try:
        asked = await request.json()
    except ValueError:
        asked = None
    if not isinstance(asked, Mapping):
        raise Unusable("Send a JSON object.")
    return asked


def _candidate_text(asked: Mapping[str, Any]) -> CandidateText:
    sender, recipient = str(asked.get("from", "")), str(asked.get("to", ""))
    if not sender or not recipient:
        raise Unusable("from and to are needed: the candidate's number and the company number.")
    return CandidateText(
        sender=sender,
        recipient=recipient,
        body=str(asked.get("body", "")),
        media=tuple(_media(item) for item in asked.get("media") or ()),
        opt_out_type=str(asked.get("opt_out_type") or ""),
    )


def _media(item: Any) -> Media | File:
    """A media item is an address, or an object with `content_type` and `url`, or `content` in base64."""
    if isinstance(item, str):
        return Media(item, "image/jpeg")
    if isinstance(item, Mapping) and item.get("content"):
        try:
            content = base64.b64decode(str(item["content"]), validate=True)
        except binascii.Error:
            raise Unusable("The content of media must be base64.") from None
        return File(str(item.get("content_type", "image/jpeg")), content)
    if isinstance(item, Mapping) and item.get("url"):
        return Media(str(item["url"]), str(item.get("content_type", "image/jpeg")))
    raise Unusable("Each of media must be an address, or an object with content_type and url or content.")


def _seen(message: Message) -> dict[str, Any]:
    return resources.message(message) | {
        "status_callback": message.status_callback or None,
        "media": [
            {"url": resources.media_url(item, message), "content_type": item.content_type} for item in message.media
        ],
        "is_listed": message.is_listed,
        "webhook": message.webhook or None,
    }
