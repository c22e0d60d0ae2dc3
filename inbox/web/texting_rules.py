"""Company settings: the rules that every text to a candidate keeps to."""

from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import companies
from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import opt_outs
from inbox.messaging.opt_outs import SCOPES, Scope
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/settings/company/rules"


@allowed(Act.SETTINGS)
async def show(request: Request) -> Response:
    """The rules as they stand."""
    return await pages.page(
        request,
        "settings/texting_rules.html",
        nav="settings",
        scope=await opt_outs.scope(who(request).tenant),
        scopes=SCOPES,
        company=await companies.only_or_new(who(request).tenant, who(request).organisation.name),
        saved="saved" in request.query_params,
    )


@allowed(Act.SETTINGS)
async def save(request: Request) -> Response:
    """Keep other rules."""
    me, form = who(request), await forms.read(request)
    scope = form.raw("scope")
    if scope not in SCOPES:
        raise Invalid({"scope": _("Choose how far an opt-out reaches.")})
    async with me.tenant.transaction():
        company = await companies.only_or_new(me.tenant, me.organisation.name)
        needs_consent = form.raw("needs_consent") == "1"
        if needs_consent != company.needs_consent:
            await companies.change(me.tenant, company.id, needs_consent=needs_consent)
            await note(me, "settings", f"asks for {'' if needs_consent else 'no '}consent before the first text")
        if scope != await opt_outs.scope(me.tenant):
            await opt_outs.choose_scope(me.tenant, cast(Scope, scope))
            await note(me, "settings", f"had opt-outs reach {SCOPES[cast(Scope, scope)].lower()}")
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)
