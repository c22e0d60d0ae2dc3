"""Settings > SMS: the Twilio account, kept and tested step by step."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import synchronizing
from inbox.provisioning import company_numbers, connection, credentials, progress
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.provisioning.connection import Step
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Tenant
from inbox.web import forms
from inbox.web.access import allowed, note, who
from inbox.web.sms_settings import ADDRESS, show_settings
from providers.contract import ProviderError
from providers.twilio.client import TwilioClient, TwilioTransport


@allowed(Act.SETTINGS)
async def connect(request: Request) -> Response:
    """Keep the details of the account; 422 with the sentences beside the fields."""
    me, form = who(request), await forms.read(request)
    sid, token = form.raw("account_sid"), form.raw("auth_token")
    try:
        async with me.tenant.transaction():
            await credentials.connect(me.tenant, request.app.state.vault, account_sid=sid, auth_token=token)
            kept = _("kept Twilio account %(sid)s", sid=sid.strip())
            renewed = _("kept Twilio account %(sid)s with a new auth token", sid=sid.strip())
            await note(me, "account", renewed if token else kept)
    except Invalid as error:
        return await show_settings(request, status=422, typed_sid=sid, account_errors=error.fields)
    await synchronizing.ask(me.tenant, reason="asked")
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


@allowed(Act.SETTINGS)
async def test(request: Request) -> Response:
    """Try every step of the connection and show how it went."""
    return await show_settings(request, steps=await _steps(request))


@allowed(Act.SETTINGS)
async def set_webhook(request: Request) -> Response:
    """Set our address on a number at Twilio, then try every step again."""
    me, form = who(request), await forms.read(request)
    number = await company_numbers.find(me.tenant, forms.as_id(form.raw("number_id")))
    public_url = request.app.state.settings.public_url
    try:
        async with _twilio(request, me.tenant) as (client, account):
            await connection.set_webhook(client, account, number, public_url)
            await note(me, "account", _("set the webhook of %(number)s at Twilio", number=number.number))
    except ProviderError as error:
        return await show_settings(
            request, steps=[Step(_("Webhook of %(number)s", number=number.number), False, error.words)]
        )
    return await show_settings(request, steps=await _steps(request))


async def _steps(request: Request) -> Sequence[Step]:
    tenant = who(request).tenant
    async with _twilio(request, tenant) as (client, account):
        numbers = [one for one in await company_numbers.all_of(tenant) if _is_tested(one, account)]
        steps = await connection.examine(client, account, numbers, request.app.state.settings.public_url)
    if not steps[0].is_well:
        return steps
    trips = [connection.round_trip(one, is_tested=await progress.is_tested(tenant, [one.id])) for one in numbers]
    return [*steps, *trips]


def _is_tested(number: CompanyNumber, account: ProviderAccount) -> bool:
    return number.provider_account_id == account.id and number.purpose != "former"


@asynccontextmanager
async def _twilio(request: Request, tenant: Tenant) -> AsyncIterator[tuple[TwilioClient, ProviderAccount]]:
    """The organisation's account, with a line of its own for a moment; raises NotFound when none is connected."""
    account = await credentials.first(tenant, request.app.state.vault)
    transport = TwilioTransport(request.app.state.settings.twilio_api_url)
    try:
        yield TwilioClient(transport, account.account_sid, account.auth_token), account
    finally:
        await transport.aclose()
