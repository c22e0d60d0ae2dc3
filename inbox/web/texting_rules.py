"""Company settings: the rules that every text to a candidate keeps to."""

from collections.abc import Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import companies
from inbox.accounts.companies import Company
from inbox.accounts.roles import Act
from inbox.accounts.working_hours import minutes_of
from inbox.errors import Invalid
from inbox.languages import _, gathered
from inbox.messaging import opt_outs
from inbox.messaging.opt_outs import SCOPES, Scope
from inbox.messaging.quiet_hours import BY_COUNTRY
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/settings/company/rules"
FIELDS = ("scope", "needs_consent", "hours", "from", "to", "daily_cap")
MOST_CAP = 100


@allowed(Act.SETTINGS)
async def show(request: Request) -> Response:
    """The rules as they stand."""
    me = who(request)
    company = me.company or await companies.only_or_new(me.tenant, me.organisation.name)
    return await _page(request, _fields(company, await opt_outs.scope(me.tenant)))


@allowed(Act.SETTINGS)
async def save(request: Request) -> Response:
    """Keep other rules; 422 with what was typed and the sentences beside the fields that cannot be so."""
    me, form = who(request), await forms.read(request)
    typed = {name: form.raw(name) for name in FIELDS}
    try:
        rules = _rules(typed)
    except Invalid as error:
        return await _page(request, typed, status=422, errors=error.fields)
    company = me.company or await companies.only_or_new(me.tenant, me.organisation.name)
    async with me.tenant.transaction():
        if typed["scope"] != await opt_outs.scope(me.tenant):
            await opt_outs.choose_scope(me.tenant, cast(Scope, typed["scope"]))
            widely = _("had opt-outs reach every number of the organisation")
            closely = _("had opt-outs reach every number of the company that was texted")
            await note(me, "settings", widely if typed["scope"] == "organisation" else closely)
        changed = {name: value for name, value in rules.items() if value != getattr(company, name)}
        if changed:
            await companies.change(me.tenant, company.id, **changed)
            await note(
                me, "settings", _("set the texting rules: %(rules)s", rules=gathered(map(_said, changed.items()), ", "))
            )
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


def _said(rule: tuple[str, object]) -> str:
    """One rule that was changed, for the audit log."""
    match rule:
        case ("needs_consent", needed):
            return _("consent is needed") if needed else _("consent is not needed")
        case ("daily_cap", cap):
            return _("at most %(most)s texts a day", most=cap) if cap else _("any number of texts a day")
        case (_name, hours):
            return _("texting hours: %(hours)s", hours=hours or _("any"))


def _rules(typed: Mapping[str, str]) -> dict[str, object]:
    """The columns of the company; raises Invalid."""
    wrong: dict[str, str] = {}
    if typed["scope"] not in SCOPES:
        wrong["scope"] = _("Choose how far an opt-out reaches.")
    hours = {"": None, "off": None, "country": BY_COUNTRY}.get(typed["hours"], f"{typed['from']}-{typed['to']}")
    begins, ends = minutes_of(typed["from"]), minutes_of(typed["to"])
    if hours not in (None, BY_COUNTRY) and (begins is None or ends is None or begins >= ends):
        wrong["from"] = _("Enter from when until when texts go out, on one day.")
    cap = typed["daily_cap"].strip()
    if cap and not (cap.isdecimal() and len(cap) < 4 and 1 <= int(cap) <= MOST_CAP):
        wrong["daily_cap"] = _("Enter a number from 1 to %(most)s, or nothing.", most=MOST_CAP)
    if wrong:
        raise Invalid(wrong)
    return {
        "needs_consent": typed["needs_consent"] == "1",
        "texting_hours": hours,
        "daily_cap": int(cap) if cap else None,
    }


def _fields(company: Company, scope: Scope) -> dict[str, str]:
    own = company.texting_hours not in (None, BY_COUNTRY)
    begins, _dash, ends = (company.texting_hours or "" if own else "08:00-21:00").partition("-")
    return {
        "scope": scope,
        "needs_consent": "1" if company.needs_consent else "",
        "hours": "own" if own else company.texting_hours or "off",
        "from": begins,
        "to": ends,
        "daily_cap": str(company.daily_cap or ""),
    }


async def _page(
    request: Request, typed: Mapping[str, str], *, status: int = 200, errors: Mapping[str, str] | None = None
) -> Response:
    return await pages.page(
        request,
        "settings/texting_rules.html",
        status=status,
        nav="settings",
        typed=typed,
        errors=dict.fromkeys(FIELDS) | dict(errors or {}),
        scopes=SCOPES,
        most_cap=MOST_CAP,
        saved="saved" in request.query_params,
    )
