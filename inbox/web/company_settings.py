"""Settings > Company: the number that texts come from, the chatbot's number, and who gets a conversation by a reply."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import companies, users
from inbox.accounts.roles import Act
from inbox.errors import Invalid, NotFound
from inbox.languages import _, gathered
from inbox.provisioning import company_numbers, credentials
from inbox.provisioning.company_numbers import CompanyNumber, Purpose
from inbox.provisioning.credentials import ProviderAccount
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note, who
from providers import phone
from providers.contract import ProviderError
from providers.twilio.client import TwilioClient, TwilioTransport

SMS, CHATBOT = "/settings/company/sms", "/settings/company/chatbot"
_PAGES: dict[Purpose, str] = {"messaging": SMS, "chatbot": CHATBOT}


class NotAsWritten(Invalid):
    """The number is one, written with signs that do not belong there; carries how it is written."""

    def __init__(self, number: str) -> None:
        super().__init__({"number": _("Write it without spaces and signs: %(number)s", number=number)})
        self.number = number


@allowed(Act.SETTINGS)
async def show(request: Request) -> Response:
    """Both numbers as they stand."""
    return await _page(request)


@allowed(Act.SETTINGS)
async def save_messaging(request: Request) -> Response:
    """Keep the Company Messaging Phone Number."""
    return await _save(request, "messaging")


@allowed(Act.SETTINGS)
async def save_chatbot(request: Request) -> Response:
    """Keep the Company Chatbot Phone Number."""
    return await _save(request, "chatbot")


@allowed(Act.SETTINGS)
async def save_rules(request: Request) -> Response:
    """Keep whether a reply takes a conversation that nobody has."""
    me, form = who(request), await forms.read(request)
    company = me.company or await companies.only_or_new(me.tenant, me.organisation.name)
    claims = form.raw("claims_on_reply") == "1"
    async with me.tenant.transaction():
        await companies.change(me.tenant, company.id, claims_on_reply=claims)
        takes, leaves = _("let replies take conversations that nobody has"), _("let replies take no conversations")
        await note(me, "settings", takes if claims else leaves)
    return RedirectResponse(f"{SMS}?saved=rules", status_code=303)


async def _save(request: Request, purpose: Purpose) -> Response:
    """422 with the sentence beside the field, and with the form it should have, when it cannot be kept."""
    me, typed = who(request), (await forms.read(request)).raw("number").strip()
    if purpose == "chatbot" and not typed:
        return await _without_chatbot(me)
    try:
        number = checked(typed, await company_numbers.region(me.tenant))
        account = await owner(request, me, number)
        async with me.tenant.transaction():
            company = me.company or await companies.only_or_new(me.tenant, me.organisation.name)
            await company_numbers.assign(
                me.tenant, company_id=company.id, provider_account_id=account.id, number=number, purpose=purpose
            )
            whose = {"number": number, "company": company.name}
            messaging = _("made %(number)s the messaging number of %(company)s", **whose)
            chatbot = _("made %(number)s the chatbot number of %(company)s", **whose)
            await note(me, "settings", messaging if purpose == "messaging" else chatbot)
    except Invalid as error:
        better = error.number if isinstance(error, NotAsWritten) else None
        told = {"purpose": purpose, "typed": typed, "words": error.fields["number"], "better": better}
        return await _page(request, status=422, wrong=told)
    return RedirectResponse(f"{_PAGES[purpose]}?saved={purpose}", status_code=303)


async def _without_chatbot(me: Who) -> Response:
    company = me.company or await companies.only_or_new(me.tenant, me.organisation.name)
    async with me.tenant.transaction():
        await company_numbers.retire(me.tenant, company.id, "chatbot")
        await note(me, "settings", _("took the chatbot number of %(company)s away", company=company.name))
    return RedirectResponse(f"{CHATBOT}?saved=chatbot", status_code=303)


def checked(typed: str, region: str) -> str:
    """The number that was typed in E.164 and nothing else; raises Invalid."""
    try:
        number = phone.to_e164(typed, region)
    except phone.NotAPhoneNumber as error:
        raise Invalid({"number": _(error.message, typed=error.typed)}) from None
    if number != typed:
        raise NotAsWritten(number)
    return number


async def owner(request: Request, me: Who, number: str) -> ProviderAccount:
    """The account that has the number, asked at Twilio; raises Invalid when it does not, or cannot be asked."""
    try:
        account = await credentials.first(me.tenant, request.app.state.vault)
    except NotFound:
        raise Invalid({"number": _("Connect the Twilio account first, under Settings, SMS.")}) from None
    transport = TwilioTransport(request.app.state.settings.twilio_api_url)
    try:
        owned = await TwilioClient(transport, account.account_sid, account.auth_token).find_number(number)
    except ProviderError as error:
        raise Invalid(
            {"number": gathered((_("Twilio could not be asked whether this number is yours."), error.words))}
        ) from error
    finally:
        await transport.aclose()
    if owned is None:
        raise Invalid({"number": _("Your Twilio account does not have this number.")})
    return account


async def _sharing(me: Who, numbers: Sequence[CompanyNumber], company_id: str) -> int:
    """How many of the company's people text from its messaging number, as they have none of their own."""
    people = await users.who_may(me.tenant, Act.REPLY, in_company=company_id)
    return len(people) - sum(number.purpose == "own" for number in numbers)


async def _page(request: Request, *, status: int = 200, wrong: dict[str, str | None] | None = None) -> Response:
    me = who(request)
    company = me.company or await companies.only_or_new(me.tenant, me.organisation.name)
    numbers = [number for number in await company_numbers.all_of(me.tenant) if number.company_id == company.id]
    current = {number.purpose: number.number for number in reversed(numbers)}
    return await pages.page(
        request,
        "settings/company.html",
        status=status,
        nav="settings",
        company=company,
        current={"messaging": current.get("messaging", ""), "chatbot": current.get("chatbot", "")},
        sharing=await _sharing(me, numbers, company.id),
        former=[number.number for number in numbers if number.purpose == "former"],
        wrong=wrong or {"purpose": None, "typed": "", "words": "", "better": None},
        saved=request.query_params.get("saved"),
        is_chatbot=request.url.path == CHATBOT,
    )
