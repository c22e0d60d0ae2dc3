"""Organisation settings for SMS: from when on replies are synchronized, now, and what the last runs brought."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox import clock
from inbox.accounts.roles import Act
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.messaging import reach, synchronizations, synchronizing
from inbox.messaging.reach import Reach
from inbox.provisioning import company_numbers, credentials
from inbox.provisioning.connection import Step
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Tenant
from inbox.storage.vault import VaultError
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note, who

ADDRESS = "/settings/organisation/sms"
RUNS = 20
# Nothing on the list can be older: Twilio began to carry texts in this year.
FIRST_YEAR = 2010

_LABEL = _("The date to start from")


@allowed(Act.SETTINGS)
async def show(request: Request) -> Response:
    """The settings as they stand, and how synchronizing goes."""
    return await show_settings(request, notice=_("Saved.") if "saved" in request.query_params else None)


@allowed(Act.SETTINGS)
async def save(request: Request) -> Response:
    """Keep the date; an earlier one than before is read from at once. 422 with the sentence when it cannot be one."""
    me, form = who(request), await forms.read(request)
    try:
        moment = _moment(form, ZoneInfo(me.organisation.time_zone))
    except Invalid as error:
        return await show_settings(request, status=422, typed=form.raw("from"), error=error.fields["from"])
    async with me.tenant.transaction():
        reaches_back = await reach.start_from(me.tenant, (await _account(me)).account_id, moment)
        day = form.raw("from") or _("the connection")
        await note(me, "settings", _("synchronizes replied messages from %(day)s on", day=day))
    if reaches_back:
        await synchronizing.ask(me.tenant, reason="asked")
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


@allowed(Act.SETTINGS)
async def synchronize(request: Request) -> Response:
    """Have it done now."""
    await synchronizing.ask(who(request).tenant, reason="asked")
    return RedirectResponse(ADDRESS, status_code=303)


def _moment(form: forms.Form, zone: ZoneInfo) -> datetime | None:
    """The midnight (UTC) that the typed day begins with; raises Invalid."""
    day = form.date("from", label=_LABEL)
    form.check()
    if day is None:
        return None
    if day.year < FIRST_YEAR:
        raise Invalid({"from": _("%(label)s must be 1 January %(year)s or later", label=_LABEL, year=str(FIRST_YEAR))})
    if day > clock.now().astimezone(zone).date():
        raise Invalid({"from": _("%(label)s must not be in the future", label=_LABEL)})
    return datetime.combine(day, time(), zone).astimezone(UTC)


async def _account(me: Who) -> Reach:
    accounts = await reach.all_of(me.tenant)
    if not accounts:
        raise NotFound
    return accounts[0]


async def show_settings(
    request: Request,
    *,
    status: int = 200,
    typed: str | None = None,
    error: str | None = None,
    notice: str | None = None,
    typed_sid: str | None = None,
    account_errors: Mapping[str, str] | None = None,
    steps: Sequence[Step] = (),
) -> Response:
    """The page; `steps` tell how a test of the connection went, `account_errors` stand beside the account's fields."""
    me = who(request)
    accounts = await reach.all_of(me.tenant)
    known: dict[str, Any] = await _known(me, accounts[0], typed) if accounts else {"account": None}
    kept = await _kept(request, me.tenant) if accounts else None
    return await pages.page(
        request,
        "settings/sms.html",
        status=status,
        nav="settings",
        error=error,
        notice=notice,
        kept=kept,
        sid=typed_sid if typed_sid is not None else kept.account_sid if kept else "",
        account_errors={"account_sid": None, "auth_token": None} | dict(account_errors or {}),
        steps=steps,
        webhook=f"{request.app.state.settings.public_url}{kept.message_path}" if kept else None,
        **known,
    )


async def _kept(request: Request, tenant: Tenant) -> ProviderAccount | None:
    """The account with its secrets; None where our keys do not open it any more."""
    try:
        return await credentials.first(tenant, request.app.state.vault)
    except VaultError:
        return None


async def _known(me: Who, account: Reach, typed: str | None) -> dict[str, Any]:
    zone = ZoneInfo(me.organisation.time_zone)
    start = account.synchronize_from
    # Asked first: a run that begins in between is then among the runs, and never in neither.
    is_asked_for = await reach.is_asked_for(me.tenant, account.account_id)
    runs = await synchronizations.recent(me.tenant, account.account_id, most=RUNS)
    numbers = await company_numbers.all_of(me.tenant)
    return {
        "account": account,
        "numbers": [number.number for number in numbers if number.provider_account_id == account.account_id],
        "start": typed if typed is not None else _day(start, zone).isoformat() if start else "",
        "today": _day(clock.now(), zone).isoformat(),
        "organisation_zone": zone,
        "zone_words": zone.key.rpartition("/")[2].replace("_", " "),
        "runs": runs,
        "is_asked_for": is_asked_for,
    }


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
