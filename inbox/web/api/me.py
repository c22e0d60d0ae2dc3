"""In whose name a token acts."""

from msgspec import Struct

from inbox.accounts import companies
from inbox.web.api.operations import Call, Nothing, Operation


class Company(Struct):
    """A company in which the person works."""

    id: str
    name: str


class Me(Struct):
    """The person, the organisation, and what this token may do there."""

    id: str
    name: str
    email: str
    role: str
    time_zone: str
    language: str
    organisation: str
    companies: list[Company]
    scopes: list[str]


async def show(call: Call[None, Nothing]) -> Me:
    """Who the token acts for."""
    me = call.me
    return Me(
        id=me.user.id,
        name=me.user.name,
        email=me.user.email,
        role=me.user.role.value,
        time_zone=me.user.zone.key,
        language=me.user.reader.language,
        organisation=me.organisation.name,
        companies=[Company(one.id, one.name) for one in await companies.of(call.tenant, me.user)],
        scopes=[str(scope) for scope in sorted(me.scopes)],
    )


OPERATIONS = (Operation("GET", "/me", "Whose token this is, and what it may do", show, Me),)
