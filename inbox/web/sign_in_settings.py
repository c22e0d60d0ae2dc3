"""Settings > Sign-in: whether everybody needs a second factor, and the organisation's own identity provider."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import sign_in_rules, sso_connections, sso_roles, sso_troubles
from inbox.accounts.roles import Act
from inbox.accounts.sso_connections import Connection, Wish
from inbox.accounts.sso_roles import Rule
from inbox.errors import Invalid
from inbox.languages import _, ngettext
from inbox.web import forms, pages, sso
from inbox.web.access import Who, allowed, note, who
from inbox.web.forms import Form
from providers.oidc import OidcError

ADDRESS = "/settings/sign-in"
SSO = f"{ADDRESS}/sso"
_TEXTS = ("issuer", "client_id", "domains", "default_role", "keeper_id")
_BOXES = ("creates_people", "trusts_second_factor", "passwords_off")


@allowed(Act.SIGN_IN)
async def show(request: Request) -> Response:
    """How people sign in."""
    return await _page(request)


@allowed(Act.SIGN_IN)
async def save_second_factor(request: Request) -> Response:
    """Ask everybody for a second factor, or nobody."""
    me, needed = who(request), bool((await forms.read(request)).raw("needed"))
    async with me.tenant.transaction():
        await sign_in_rules.require_second_factor(me.tenant, needed=needed)
        words = _("asks everybody for two-factor sign-in") if needed else _("asks nobody for two-factor sign-in")
        await note(me, "settings", words)
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


@allowed(Act.SIGN_IN)
async def save_sso(request: Request) -> Response:
    """Keep the provider; 422 with the sentence beside each field that cannot be."""
    me, form, state = who(request), await forms.read(request, most_fields=1_000), request.app.state
    typed = _typed(form)
    try:
        wish = Wish(client_secret=form.raw("client_secret"), rules=_rules(me, typed), **_fields(typed))
        async with me.tenant.transaction():
            to_private = state.settings.private_issuers
            await sso_connections.keep(me.tenant, state.vault, wish, to_private=to_private)
            await note(me, "settings", _said(wish))
    except Invalid as error:
        return await _page(request, status=422, typed=typed, errors=error.fields)
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


@allowed(Act.SIGN_IN)
async def test(request: Request) -> Response:
    """Ask the provider what it says of itself, and for its keys, and show how that went."""
    me = who(request)
    connection = await sso_connections.find(me.tenant)
    if connection is None:
        return RedirectResponse(ADDRESS, status_code=303)
    return await _page(request, tested=await _tested(request, connection))


@allowed(Act.SIGN_IN)
async def remove(request: Request) -> Response:
    """Back to passwords for everybody."""
    me = who(request)
    async with me.tenant.transaction():
        await sso_connections.remove(me.tenant)
        await note(me, "settings", _("switched single sign-on off"))
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


async def _tested(request: Request, connection: Connection) -> list[tuple[bool, str]]:
    """Each step: whether it went well, and the sentence."""
    me, state = who(request), request.app.state
    try:
        found, keys = await state.issuers.examine(connection.issuer)
    except OidcError as error:
        return [(False, sso_troubles.words(error))]
    has_secret = bool(sso_connections.secret_end(me.tenant, state.vault, connection))
    return [
        (
            True,
            _(
                "%(issuer)s says where people sign in: %(place)s",
                issuer=found.issuer,
                place=found.authorization_endpoint,
            ),
        ),
        (
            True,
            ngettext(
                "It publishes %(num)s key for signatures.", "It publishes %(num)s keys for signatures.", len(keys)
            ),
        ),
        (
            has_secret,
            _("The client secret opens with our keys.") if has_secret else _("Enter the client secret again."),
        ),
    ]


def _typed(form: Form) -> dict[str, Any]:
    """What was typed, as the form shows it again; the secret is never shown."""
    rules = [
        {name: form.raw(f"{name}-{number}") for name in ("claim", "value", "role")}
        | {"company_ids": form.every(f"company-{number}")}
        for number in range(sso_roles.MOST_RULES + 1)
        if form.raw(f"claim-{number}").strip() or form.raw(f"value-{number}").strip()
    ]
    texts = {name: form.raw(name) for name in _TEXTS}
    return texts | {name: bool(form.raw(name)) for name in _BOXES} | {"rules": rules}


def _fields(typed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: typed[name] for name in (*_TEXTS, *_BOXES)}


def _rules(me: Who, typed: Mapping[str, Any]) -> tuple[Rule, ...]:
    known = [company.id for company in me.companies]
    return tuple(sso_roles.checked(known=known, **rule) for rule in typed["rules"])


def _said(wish: Wish) -> str:
    facts = {"issuer": wish.issuer.strip(), "domains": ", ".join(wish.domains.split())}
    if wish.passwords_off:
        return _("keeps single sign-on by %(issuer)s for %(domains)s, without passwords", **facts)
    return _("keeps single sign-on by %(issuer)s for %(domains)s", **facts)


def _standing(connection: Connection | None) -> dict[str, Any]:
    """What the form shows of what is kept."""
    if connection is None:
        boxes: dict[str, Any] = dict.fromkeys(_BOXES, False)
        return dict.fromkeys(_TEXTS, "") | boxes | {"default_role": "recruiter", "rules": []}
    return {
        "issuer": connection.issuer,
        "client_id": connection.client_id,
        "domains": "\n".join(connection.domains),
        "default_role": connection.default_role.value if connection.default_role else "",
        "keeper_id": connection.keeper_id or "",
        "creates_people": connection.creates_people,
        "trusts_second_factor": connection.trusts_second_factor,
        "passwords_off": connection.keeper_id is not None,
        "rules": [
            {"claim": rule.claim, "value": rule.value, "role": rule.role.value, "company_ids": rule.company_ids}
            for rule in connection.rules
        ],
    }


async def _page(
    request: Request,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    tested: list[tuple[bool, str]] | None = None,
) -> Response:
    me, state = who(request), request.app.state
    connection = await sso_connections.find(me.tenant)
    keeping = await sso_connections.possible_keepers(me.tenant)
    fields = ("issuer", "client_id", "client_secret", "domains", "default_role", "keeper_id", "rules")
    return await pages.page(
        request,
        "settings/sign_in.html",
        status=status,
        nav="settings",
        needed=await sign_in_rules.needs_second_factor(me.tenant),
        connection=connection,
        secret_end=sso_connections.secret_end(me.tenant, state.vault, connection) if connection else "",
        redirect_uri=state.settings.public_url + sso.CALLBACK,
        typed=typed or _standing(connection),
        roles=sso_roles.GIVEN,
        keepers=keeping,
        errors=dict.fromkeys(fields) | dict(errors or {}),
        saved="saved" in request.query_params,
        tested=tested or [],
    )
