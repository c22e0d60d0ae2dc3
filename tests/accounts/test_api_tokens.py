"""API tokens as they are made, listed and revoked, on both databases."""

import pytest

from inbox.accounts import api_tokens, bearers, users
from inbox.accounts.scopes import Scope
from inbox.accounts.users import User
from inbox.errors import Invalid, NotFound
from inbox.storage.database import Tenant

pytestmark = pytest.mark.anyio


async def test_a_token_is_good_for_its_scopes_until_it_is_revoked(tenant: Tenant, jo: User) -> None:
    made, token = await api_tokens.create(tenant, jo, name=" Job  board ", wanted=["candidates:read"], days="30")
    assert (made.name, made.owner, made.scopes) == ("Job board", "Jo Park", {Scope.CANDIDATES_READ})
    assert made.expires_at is not None
    assert 29 < (made.expires_at - made.created_at).total_seconds() / 86_400 <= 30.1
    found = await bearers.find(tenant.database, token)
    assert found is not None
    assert (found.user, found.scopes, found.is_companion) == (jo, {Scope.CANDIDATES_READ}, False)
    (listed,) = await api_tokens.all_of(tenant)
    assert listed.last_used_at is not None
    await api_tokens.revoke(tenant, made.id)
    assert await bearers.find(tenant.database, token) is None
    assert await api_tokens.all_of(tenant) == []
    with pytest.raises(NotFound):
        await api_tokens.revoke(tenant, made.id)


async def test_a_token_ends_with_its_owner(tenant: Tenant, jo: User) -> None:
    _, token = await api_tokens.create(tenant, jo, name="Job board", wanted=list(Scope), days="")
    await users.deactivate(tenant, jo.id)
    assert await bearers.find(tenant.database, token) is None


async def test_what_is_missing_is_said_at_its_field(tenant: Tenant, jo: User) -> None:
    with pytest.raises(Invalid) as error:
        await api_tokens.create(tenant, jo, name=" ", wanted=["everything"], days="7")
    assert set(error.value.fields) == {"name", "scopes", "days"}
    with pytest.raises(Invalid):
        await api_tokens.create(tenant, jo, name="x" * 61, wanted=list(Scope), days="")
