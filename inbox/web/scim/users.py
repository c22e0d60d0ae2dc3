"""SCIM's Users: listed, found, added, replaced, changed, and shut out."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from inbox.accounts import directory, team
from inbox.accounts.directory import Listed
from inbox.accounts.users import normal_email
from inbox.errors import NotFound
from inbox.languages import _
from inbox.messaging import handing_over
from inbox.provisioning import company_numbers
from inbox.storage import audit
from inbox.storage.tables import users as table
from inbox.web import revocation
from inbox.web.scim import patches, resources
from inbox.web.scim.door import Call, ScimError

_FILTERED: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "username": lambda value: table.c.email == normal_email(value),
    "emails.value": lambda value: table.c.email == normal_email(value),
    "emails": lambda value: table.c.email == normal_email(value),
    "externalid": lambda value: table.c.external_id == value,
}


async def index(call: Call) -> tuple[int, Any]:
    """Some of the team, or whoever a filter fits."""
    query = call.request.query_params
    first, most = resources.asked(query)
    where = []
    if "filter" in query:
        name, value = resources.equals(query["filter"])
        if name not in _FILTERED:
            raise ScimError(400, "Users are found by userName, emails.value or externalId.", "invalidFilter")
        where = [_FILTERED[name](value.replace("\x00", ""))]
    found, total = await directory.page(call.tenant, where=where, first=first - 1, most=most)
    return 200, resources.page([resources.user(one, call.address) for one in found], total, first)


async def show(call: Call) -> tuple[int, Any]:
    """One of them."""
    return 200, resources.user(await directory.find(call.tenant, _id(call)), call.address)


async def create(call: Call) -> tuple[int, Any]:
    """Add somebody, as a recruiter unless a role is told."""
    wanted, active = resources.wanted(await call.body())
    if not wanted.email:
        raise ScimError(400, "userName is needed: the e-mail that the person signs in with.", "invalidValue")
    me = call.bearer
    async with call.tenant.transaction():
        made = await directory.add(call.tenant, me.user, wanted, me.organisation.name)
        words = _("added %(email)s as %(role)s by SCIM", email=made.user.email, role=made.user.role.words)
        await _note(call, words)
    if active is False:
        made = await _shut_out(call, made)
    return 201, resources.user(made, call.address)


async def replace(call: Call) -> tuple[int, Any]:
    """Somebody as the directory has them now; what it does not tell of stays."""
    return await _changed(call, await call.body())


async def patch(call: Call) -> tuple[int, Any]:
    """Change some of somebody's attributes."""
    return await _changed(call, patches.merged(await call.body()))


async def remove(call: Call) -> tuple[int, Any]:
    """Shut somebody out; what the person wrote stays, and so does the account."""
    await _shut_out(call, await directory.find(call.tenant, _id(call)))
    return 204, None


async def _changed(call: Call, told: dict[str, Any]) -> tuple[int, Any]:
    before = await directory.find(call.tenant, _id(call))
    wanted, active = resources.wanted(told, before.user)
    async with call.tenant.transaction():
        now = await directory.change(call.tenant, call.bearer.user, before.user.id, wanted)
        if now != before:
            await _note(call, _said(before, now))
        if active is True and now.user.deactivated:
            await team.reactivate(call.tenant, call.bearer.user, now.user.id)
            await _note(call, _("let %(email)s in again by SCIM", email=now.user.email))
            now = await directory.find(call.tenant, now.user.id)
    if active is False:
        now = await _shut_out(call, now)
    return 200, resources.user(now, call.address)


async def _shut_out(call: Call, listed: Listed) -> Listed:
    """End everything that lets the person in, at once; the open conversations are Shared again."""
    user, me = listed.user, call.bearer.user
    if user.deactivated:
        return listed
    async with call.tenant.transaction():
        ended = await team.deactivate(call.tenant, me, user.id)
        await company_numbers.take_back(call.tenant, user.id)
        await _note(call, _("shut %(email)s out by SCIM", email=user.email))
    for session_hash in ended:
        call.request.app.state.hub.dismiss(revocation.key(session_hash))
    await handing_over.hand_over(call.tenant, me, user.id, None)
    return await directory.find(call.tenant, user.id)


def _said(before: Listed, now: Listed) -> str:
    return _(
        "changed %(email)s by SCIM: e-mail %(now)s, name %(name)s, role %(role)s",
        email=before.user.email,
        now=now.user.email,
        name=now.user.name,
        role=now.user.role.words,
    )


async def _note(call: Call, what: str) -> None:
    await audit.record(call.tenant, call.bearer.user.id, call.bearer.user.name, "user", what)


def _id(call: Call) -> str:
    try:
        return str(UUID(str(call.request.path_params["user_id"])))
    except ValueError:
        raise NotFound from None
