"""SCIM's Groups: the roles, with whoever has each. They are read here; somebody's role is an attribute of the user."""

from collections.abc import Mapping
from typing import Any

from inbox.accounts import directory, sso_roles
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.errors import NotFound
from inbox.storage.tables import users as table
from inbox.web.scim import resources
from inbox.web.scim.door import Call, ScimError

_MOST_MEMBERS = 10_000


async def index(call: Call) -> tuple[int, Any]:
    """Every role, or the one that a filter names."""
    query = call.request.query_params
    first, most = resources.asked(query)
    roles = list(sso_roles.GIVEN)
    if "filter" in query:
        name, value = resources.equals(query["filter"])
        if name != "displayname":
            raise ScimError(400, "Groups are found by displayName.", "invalidFilter")
        roles = [role for role in roles if str(role.words).lower() == value.lower()]
    shown = roles[first - 1 : first - 1 + most]
    return 200, resources.page([await _group(call, role) for role in shown], len(roles), first)


async def show(call: Call) -> tuple[int, Any]:
    """One role."""
    known: Mapping[str, Role] = {role.value: role for role in sso_roles.GIVEN}
    wanted = known.get(str(call.request.path_params["role"]))
    if wanted is None:
        raise NotFound
    return 200, await _group(call, wanted)


async def refuse(call: Call) -> tuple[int, Any]:
    """A role is given at the user: groups are not written."""
    raise ScimError(403, "Groups are the roles and only read. Set the attribute roles of a user.", "mutability")


async def _group(call: Call, role: Role) -> dict[str, Any]:
    left_out = call.request.query_params.get("excludedAttributes", "").lower().replace(" ", "").split(",")
    members = None if "members" in left_out else await _members(call, role)
    return resources.group(role, members, call.address)


async def _members(call: Call, role: Role) -> list[User]:
    found, _ = await directory.page(call.tenant, where=[table.c.role == role.value], most=_MOST_MEMBERS)
    return [one.user for one in found if not one.user.deactivated]
