"""Who asks, and whether this person may: every handler behind the sign-in carries `@allowed(Act...)`."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from functools import wraps
from typing import TypeAlias

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from inbox.accounts import companies, sign_ins
from inbox.accounts.companies import Company
from inbox.accounts.organisations import Organisation
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.embeds import widgets
from inbox.errors import InboxError, NotAllowed
from inbox.languages import _, readers
from inbox.languages.readers import Reader
from inbox.storage import audit
from inbox.storage.database import Database, Tenant
from inbox.web import cookies, csrf

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_WHO = "inbox.who"
EMBEDS = "/embed/"
"""What stands in pages of other systems lies below this. No cookie counts there, and no widget's session elsewhere."""
PROTOCOL = "shared-inbox-embed"
"""What a widget's socket speaks, by its name; the session follows it, as scripts can set no header of a socket."""
OWNER = "inbox.owner"
"""Where the door of the API keeps how somebody reads whose Sourcing Companion asks."""
_NO_COMPANY = _NO_CONVERSATION = "00000000-0000-0000-0000-000000000000"
_acts: dict[Handler, Act] = {}


class NotSignedIn(InboxError):
    """Nobody is signed in, or not any more; `problems.py` leads to the sign-in page."""

    def __init__(self) -> None:
        super().__init__(_("Sign in first."))


class SecondFactorFirst(InboxError):
    """The organisation asks for a second factor and there is none yet; `problems.py` leads to where it is set up."""

    def __init__(self) -> None:
        super().__init__(_("Set up two-factor sign-in first."))


@dataclass(frozen=True, slots=True)
class Shown:
    """What a widget in another system's page shows: one candidate, and the one conversation with them, if any."""

    candidate_id: str
    conversation_id: str | None


@dataclass(frozen=True, slots=True)
class Who:
    """The signed-in person, the organisation whose data the request sees, and the token of its forms."""

    tenant: Tenant
    user: User
    organisation: Organisation
    session_hash: str
    csrf: str
    companies: tuple[Company, ...]
    """Those in which the person works."""
    company: Company | None
    """The one whose pages are shown: that of the address, else the one chosen last; None where there is none."""
    is_proven: bool
    """Whether a second factor was shown when the session began."""
    lacks_second_factor: bool
    """Whether one has to be set up before anything else."""
    shown: Shown | None = None
    """What a widget shows; None on our own pages."""

    @property
    def company_id(self) -> str:
        """The id of `company`; one of no company where there is none."""
        return self.company.id if self.company else _NO_COMPANY

    def sees(self, company_id: str | None) -> bool:
        """Whether what is this company's, or with None nobody's, is for this person to see."""
        return company_id is None or self.tenant.only_in is None or company_id in self.tenant.only_in

    def in_company(self, asked: str | None) -> "Who":
        """The same on the pages of another company, if the person works there."""
        found = [one for one in self.companies if one.id == asked]
        return replace(self, company=found[0]) if found else self


def allowed(act: Act, *, without_second_factor: bool = False) -> Callable[[Handler], Handler]:
    """Let a handler run only for signed-in people whose role includes `act`.

    Otherwise raises NotSignedIn, SecondFactorFirst or NotAllowed before the handler has seen the request;
    SecondFactorFirst not with `without_second_factor`, which is for setting one up.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request) -> Response:
            me = await signed_in(request)
            if me is None:
                raise NotSignedIn
            if me.lacks_second_factor and not without_second_factor:
                raise SecondFactorFirst
            if not me.user.may(act):
                raise NotAllowed
            return await handler(request)

        _acts[guarded] = act
        return guarded

    return decorate


def act_of(handler: Handler) -> Act | None:
    """What a route's handler demands; None when anybody may call it."""
    return _acts.get(handler)


def who(request: Request) -> Who:
    """The signed-in person, in handlers with `@allowed`."""
    me: Who = request.scope[_WHO]
    return me


async def signed_in(connection: HTTPConnection) -> Who | None:
    """Who sent this, by the session cookie; asked of the database once a request, and only where it matters."""
    if _WHO not in connection.scope:
        connection.scope[_WHO] = await _look_up(connection)
    me: Who | None = connection.scope[_WHO]
    return me


async def socket_who(websocket: WebSocket) -> Who | None:
    """Who opens this socket; None without a living session, when the role may not read, or a factor is to be set up."""
    me = await signed_in(websocket)
    return me if me is not None and me.user.may(Act.THREAD) and not me.lacks_second_factor else None


def origin_is_among(websocket: WebSocket, origins: Collection[str]) -> bool:
    """Whether a page of ours opens this socket: the Origin header is there, once, and exactly one of `origins`.

    To be asked before the socket is accepted. Browsers send the cookie along from every page of the same
    site and let it read what comes (cross-site WebSocket hijacking), so the Origin is all there is to go by.
    """
    given = websocket.headers.getlist("Origin")
    return len(given) == 1 and given[0] in origins


def reader_of(connection: HTTPConnection) -> Reader:
    """How whoever sent this reads: as the account says, before the sign-in as the browser does."""
    me: Who | None = connection.scope.get(_WHO)
    if me is not None:
        return me.user.reader
    return Reader(language=readers.preferred(connection.headers.get("Accept-Language", "")))


async def tenant_of(database: Database, user: User) -> Tenant:
    """The organisation as this person may see it. Whoever lets somebody in, in whatever way, asks with this."""
    tenant = Tenant(database, user.organisation_id)
    return companies.sight(tenant, user, await companies.of(tenant, user))


async def note(me: Who, act: str, what: str) -> None:
    """Write into the audit log what this person does, best in the transaction that does it; see `audit.record`."""
    await audit.record(me.tenant, me.user.id, me.user.name, act, what)


async def _look_up(connection: HTTPConnection) -> Who | None:
    if connection.scope["path"].startswith(EMBEDS):
        return await _by_widget(connection)
    state = connection.app.state
    cookie = cookies.session_of(connection, state.settings)
    found = await sign_ins.find(state.database, cookie) if cookie else None
    if found is None:
        return None
    tenant = Tenant(state.database, found.organisation.id)
    mine = await companies.of(tenant, found.user)
    me = Who(
        tenant=companies.sight(tenant, found.user, mine),
        user=found.user,
        organisation=found.organisation,
        session_hash=found.session_hash,
        csrf=csrf.of_session(state.settings.secret_key, found.session_hash),
        companies=tuple(mine),
        company=_chosen(mine, found.company_id),
        is_proven=found.is_proven,
        lacks_second_factor=found.lacks_second_factor,
    )
    return me.in_company(connection.query_params.get("company"))


async def _by_widget(connection: HTTPConnection) -> Who | None:
    """Whose widget it is, by the session that it bears: whatever its user may see, but for other conversations."""
    database = connection.app.state.database
    found = await widgets.find(database, _borne(connection))
    if found is None:
        return None
    tenant = Tenant(database, found.organisation.id)
    mine = await companies.of(tenant, found.user)
    seen = companies.sight(tenant, found.user, mine)
    return Who(
        tenant=replace(seen, only_conversation=found.conversation_id or _NO_CONVERSATION),
        user=found.user,
        organisation=found.organisation,
        session_hash=widgets.MARK + found.session_hash,
        csrf="",
        companies=tuple(mine),
        company=_chosen(mine, found.company_id),
        is_proven=False,
        lacks_second_factor=False,  # the other system has let its user in
        shown=Shown(found.candidate_id, found.conversation_id),
    )


def _borne(connection: HTTPConnection) -> str:
    """The session of a widget: in the Authorization header, or behind the name of the socket's protocol."""
    if connection.scope["type"] == "websocket":
        match connection.scope.get("subprotocols", []):
            case [name, session] if name == PROTOCOL:
                return str(session)
        return ""
    kind, _space, session = connection.headers.get("Authorization", "").partition(" ")
    return session if kind == "Bearer" else ""


def _chosen(mine: list[Company], company_id: str | None) -> Company | None:
    return next(iter([one for one in mine if one.id == company_id] or mine), None)
