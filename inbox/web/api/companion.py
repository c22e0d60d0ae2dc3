"""What Sourcing Companion does before it has a token, and at its end."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.exceptions import HTTPException

from inbox.accounts import companions, users
from inbox.accounts.companions import Copied, Tokens
from inbox.errors import Invalid, NotAllowed
from inbox.languages import _
from inbox.storage import audit
from inbox.web.api.operations import Call, Input, Line, Nothing, Operation

_WRONG_CODE = "This code is not good, or not any more. Show a new one and try again."
_OVER = "This Sourcing Companion was disconnected. Connect it again."


class Pairing(Input):
    """The code from the page "Connect Sourcing Companion", and what the browser is to be called."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    name: Line = ""


class Renewal(Input):
    """The refresh token, which is good for this one time."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=200)]


class Granted(Struct):
    """Tokens to go on with; `expires_in` are the seconds of the access token."""

    access_token: str
    refresh_token: str
    expires_in: int


async def connect(call: Call[Pairing, Nothing]) -> Granted:
    """Connect a browser by its code."""
    database = call.request.app.state.database
    tokens = await companions.connect(database, call.body.code, name=call.body.name)
    if tokens is None:
        raise Invalid({"code": _WRONG_CODE})
    owner = await users.find(tokens.tenant, tokens.user_id)
    await audit.record(tokens.tenant, owner.id, owner.name, "token", _("connected a Sourcing Companion"))
    return _granted(tokens)


async def refresh(call: Call[Renewal, Nothing]) -> Granted:
    """Swap a refresh token for the next tokens; one that is used twice ends both copies."""
    try:
        tokens = await companions.refresh(call.request.app.state.database, call.body.refresh_token)
    except Copied as copied:
        owner = await users.find(copied.tenant, copied.user_id)
        what = _("was disconnected in %(browser)s: a Sourcing Companion's token was used twice", browser=copied.name)
        await audit.record(copied.tenant, owner.id, owner.name, "token", what)
        tokens = None
    if tokens is None:
        raise HTTPException(401, _OVER, {"WWW-Authenticate": 'Bearer realm="api"'})
    return _granted(tokens)


async def disconnect(call: Call[None, Nothing]) -> None:
    """Disconnect the Sourcing Companion whose token this is."""
    me = call.me
    if not me.is_companion:
        raise NotAllowed("This is the token of a program. Revoke it in the settings.")
    async with call.tenant.transaction():
        name = await companions.revoke(call.tenant, me.token_id)
        said = _("disconnected Sourcing Companion in %(browser)s", browser=name)
        await audit.record(call.tenant, me.user.id, me.user.name, "token", said)


def _granted(tokens: Tokens) -> Granted:
    return Granted(tokens.access, tokens.refresh, companions.ACCESS_SECONDS)


OPERATIONS = (
    Operation(
        "POST",
        "/companion/connect",
        "Connect Sourcing Companion by a code",
        connect,
        Granted,
        status=201,
        needs_token=False,
        takes=Pairing,
    ),
    Operation(
        "POST",
        "/companion/refresh",
        "The next tokens of a Sourcing Companion",
        refresh,
        Granted,
        needs_token=False,
        takes=Renewal,
        refusals=(401,),
    ),
    Operation("DELETE", "/companion", "Disconnect this Sourcing Companion", disconnect, None, status=204),
)
