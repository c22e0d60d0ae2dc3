"""Single sign-on: to the identity provider of an e-mail's domain, and back with a code."""

import structlog
from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts import keepers, sso_connections, sso_people, sso_troubles, sso_visits
from inbox.accounts.sso_connections import Connection
from inbox.accounts.sso_visits import Returned
from inbox.accounts.users import User
from inbox.errors import Refused
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.vault import VaultError
from inbox.web import cookies, forms, revocation, signing_in, visits, way_back
from providers.oidc import OidcError, Registration

ADDRESS = "/login/sso"
CALLBACK = "/login/sso/callback"
MOST_EMAIL = 320
MOST_A_MINUTE = 60
"""Sign-ins that are begun from one address: each leaves a row for a while."""

_AGAIN = _("This sign-in was begun in another browser, or too long ago. Begin again.")
_log = structlog.stdlib.get_logger(__name__)


async def begin(request: Request) -> Response:
    """Send the browser to the provider of the e-mail's domain, be the e-mail anybody's or not. Raises TooMany."""
    state, form = request.app.state, await forms.read(request)
    email, onward = form.raw("email").strip()[:MOST_EMAIL], way_back.checked(form.raw("next"))
    if not keepers.domain_of(email):
        return _login(request, onward, email, _("Enter your email to sign in with single sign-on."))
    state.sso_rates.take(request.client.host if request.client else "")
    tenant = await sso_connections.of_email(state.database, email)
    connection = None if tenant is None else await sso_connections.find(tenant)
    if tenant is None or connection is None:
        domain = keepers.domain_of(email)
        words = _("There is no single sign-on for %(domain)s. Sign in with your password.", domain=domain)
        return _login(request, onward, email, words)
    return await _sent(request, tenant, connection, email, onward)


async def come_back(request: Request) -> Response:
    """Sign in whom the provider vouches for; else the sign-in page with the reason."""
    state, given = request.app.state, request.query_params
    cookie = cookies.sso_of(request, state.settings) or ""
    returned = await sso_visits.take(
        state.database, state.settings.secret_key, cookie, given.get("state", "")[: 2 * MOST_EMAIL]
    )
    if returned is None:
        return _login(request, way_back.HOME, "", _AGAIN, status=400)
    try:
        answer = await _admitted(request, returned)
    except OidcError as error:
        _log.warning("single sign-on failed", trouble=str(error.trouble), detail=error.detail)
        answer = _login(request, returned.onward, "", sso_troubles.words(error), status=403)
    except Refused as error:
        _log.warning("single sign-on refused")
        answer = _login(request, returned.onward, "", error.sentence, status=403)
    cookies.delete_sso(answer, state.settings)
    return answer


async def _sent(request: Request, tenant: Tenant, connection: Connection, email: str, onward: str) -> Response:
    """A page that leads on at once: a form may lead nowhere but here (form-action), a page may."""
    state = request.app.state
    cookie = cookies.sso_of(request, state.settings) or sso_visits.new_cookie()
    key = state.settings.secret_key
    visit = await sso_visits.begin(tenant, key, cookie, issuer=connection.issuer, onward=onward)
    try:
        place = await state.issuers.authorization(
            registration(request, connection),
            state=visit.state,
            nonce=visit.nonce,
            verifier=visit.verifier,
            hint=email,
        )
    except OidcError as error:
        _log.warning("single sign-on failed", trouble=str(error.trouble), detail=error.detail)
        return _login(request, onward, email, sso_troubles.words(error), status=502)
    answer = visits.page(request, "sessions/sso.html", place=place, host=connection.host)
    cookies.set_sso(answer, cookie, state.settings)
    return answer


def registration(request: Request, connection: Connection, secret: str = "") -> Registration:
    """How the provider knows us: one redirect address, of the configured public address alone."""
    redirect_uri = request.app.state.settings.public_url + CALLBACK
    return Registration(connection.issuer, connection.client_id, redirect_uri, secret)


async def _admitted(request: Request, returned: Returned) -> Response:
    state, given = request.app.state, request.query_params
    tenant = Tenant(state.database, returned.organisation_id)
    connection = await sso_connections.find(tenant)
    if connection is None or connection.issuer != returned.issuer:
        raise Refused(_AGAIN)
    if "error" in given or "code" not in given:
        raise Refused(_("%(host)s did not sign you in (%(why)s).", host=connection.host, why=_why(given.get("error"))))
    claims = await state.issuers.identify(
        registration(request, connection, _secret(request, tenant, connection)),
        code=given["code"],
        verifier=returned.visit.verifier,
        nonce=returned.visit.nonce,
        said_issuer=given.get("iss"),
    )
    async with tenant.transaction():
        user, ended = await sso_people.admit(tenant, connection, claims)
    for session_hash in ended:
        state.hub.dismiss(revocation.key(session_hash))
    return await _go_on(request, user, returned.onward, connection)


async def _go_on(request: Request, user: User, onward: str, connection: Connection) -> Response:
    """With a code of ours after it, unless the organisation leaves that to the provider."""
    return await signing_in.go_on(request, user, onward, is_proven=connection.trusts_second_factor)


def _secret(request: Request, tenant: Tenant, connection: Connection) -> str:
    try:
        return sso_connections.secret(tenant, request.app.state.vault, connection)
    except VaultError:
        raise Refused(_("The client secret cannot be opened with our keys. An admin has to enter it again.")) from None


def _why(said: str | None) -> str:
    """The word of the provider, if it is one of the standard's kind (RFC 6749, 4.1.2.1)."""
    return said if said and len(said) <= 60 and said.replace("_", "").isalnum() and said.isascii() else "-"


def _login(request: Request, onward: str, email: str, error: str, *, status: int = 422) -> Response:
    return visits.page(
        request, "sessions/login.html", status=status, email=email, error=error, notice=None, next=onward
    )
