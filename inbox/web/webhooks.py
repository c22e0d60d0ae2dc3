"""Twilio's two doors: texts that came in and reports on texts that went out."""

from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response

from inbox.messaging import delivery, inbound
from inbox.provisioning import credentials
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Tenant
from providers.contract import MalformedWebhook
from providers.twilio import webhooks
from providers.twilio.webhooks import TwilioForm

_log = structlog.stdlib.get_logger(__name__)


async def message(request: Request) -> Response:
    """A text from a candidate. 200 with empty TwiML says: stored for good, nothing to answer."""
    account = await _channel(request)
    try:
        form = await _genuine_form(request, account)
        if form is None:
            return _refused()
        sms = webhooks.incoming_sms(form)
    except MalformedWebhook as error:
        return _malformed(error)
    await inbound.receive(_tenant(request, account), account, sms)
    return Response(webhooks.EMPTY_TWIML, media_type="text/xml")


async def status(request: Request) -> Response:
    """A report on a text of ours, which names our own message id as `m` and the attempt after the first."""
    account = await _channel(request)
    try:
        form = await _genuine_form(request, account)
        if form is None:
            return _refused()
        report = webhooks.delivery_report(form, _message_id(request))
    except MalformedWebhook as error:
        return _malformed(error)
    attempt = request.query_params.get("attempt", "")
    number = int(attempt) if attempt.isdecimal() and len(attempt) < 6 else 1
    await delivery.record(_tenant(request, account), account, report, attempt=number)
    return Response(status_code=204)


async def _channel(request: Request) -> ProviderAccount:
    """Whose address was called; NotFound for a token nobody has."""
    state = request.app.state
    return await credentials.by_channel_token(state.database, state.vault, request.path_params["channel_token"])


async def _genuine_form(request: Request, account: ProviderAccount) -> TwilioForm | None:
    """The form, when its signature is right for the public address and the account is the channel's; else None.

    The address is built from our configuration: behind a proxy the one we see differs from the one Twilio signed.
    """
    form = webhooks.parse_form(await request.body())
    target = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    url = f"{request.app.state.settings.public_url}{target}" + (f"?{query}" if query else "")
    genuine = webhooks.is_genuine(url, form, request.headers.get("X-Twilio-Signature"), account.auth_tokens)
    if not genuine or form.text("AccountSid") != account.account_sid:
        _log.warning("webhook refused", genuine=genuine, organisation=account.organisation_id)
        return None
    return form


def _refused() -> Response:
    return Response("The signature does not match.", status_code=403, media_type="text/plain")


def _malformed(error: MalformedWebhook) -> Response:
    return Response(str(error), status_code=400, media_type="text/plain")


def _message_id(request: Request) -> str | None:
    try:
        return str(UUID(request.query_params.get("m", "")))
    except ValueError:
        return None


def _tenant(request: Request, account: ProviderAccount) -> Tenant:
    return Tenant(request.app.state.database, account.organisation_id)
