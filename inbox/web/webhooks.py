"""Twilio's two doors: texts that came in and reports on texts that went out."""

from typing import Literal

import structlog
from starlette.requests import Request
from starlette.responses import Response

from inbox.web.calls import Call, Forged
from providers.contract import MalformedWebhook
from providers.twilio import webhooks

_log = structlog.stdlib.get_logger(__name__)


async def message(request: Request) -> Response:
    """A text from a candidate. 200 with empty TwiML says: stored for good, nothing to answer."""
    refusal = await _refusal(request, "message")
    return refusal or Response(webhooks.EMPTY_TWIML, media_type="text/xml")


async def status(request: Request) -> Response:
    """A report on a text of ours, which names our own message id as `m` and the attempt after the first."""
    return await _refusal(request, "status") or Response(status_code=204)


async def _refusal(request: Request, kind: Literal["message", "status"]) -> Response | None:
    """Take the call; the answer when it cannot be taken. NotFound (404) and Unavailable (503) go on up."""
    try:
        await request.app.state.reception.receive(await _call(request, kind))
    except Forged:
        _log.warning("webhook refused", kind=kind)
        return Response("The signature does not match.", status_code=403, media_type="text/plain")
    except MalformedWebhook as error:
        return Response(str(error), status_code=400, media_type="text/plain")
    return None


async def _call(request: Request, kind: Literal["message", "status"]) -> Call:
    """The call as Twilio made it.

    The address is built from our configuration: behind a proxy the one we see differs from the one Twilio signed.
    """
    target = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return Call(
        kind=kind,
        channel_token=request.path_params["channel_token"],
        url=f"{request.app.state.settings.public_url}{target}" + (f"?{query}" if query else ""),
        signature=request.headers.get("X-Twilio-Signature"),
        body=(await request.body()).decode("latin-1"),
    )
