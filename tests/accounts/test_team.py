"""The team: who may change whom, and that nobody shuts themselves out."""

import pytest

from inbox.accounts import sessions, sign_ins, team, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.errors import Invalid, NotAllowed, NotFound, Refused
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from tests.people import PASSWORD

pytestmark = pytest.mark.anyio


async def person(tenant: Tenant, role: Role, name: str = "Alex Morgan") -> User:
    email = f"{role.value}@acme.test"
    return await users.create(tenant, email=email, name=name, role=role, password=PASSWORD)


async def test_somebody_new_signs_in_with_the_password_that_is_shown_once(tenant: Tenant) -> None:
    admin = await person(tenant, Role.ORGANISATION_ADMIN)
    created, password = await team.add(tenant, admin, email="New@acme.test", name=" Nia  Bello ", role="recruiter")
    assert (created.email, created.name, created.role) == ("new@acme.test", "Nia Bello", Role.RECRUITER)
    signed_in = await sign_ins.prove(tenant.database, "secret", "new@acme.test", password, address="127.0.0.1")
    assert signed_in == created


async def test_a_company_admin_neither_makes_nor_changes_an_organisation_admin(tenant: Tenant) -> None:
    kim, admin = await person(tenant, Role.COMPANY_ADMIN), await person(tenant, Role.ORGANISATION_ADMIN)
    with pytest.raises(Invalid):
        await team.add(tenant, kim, email="x@acme.test", name="X", role="organisation_admin")
    for act in (team.deactivate, team.reactivate, team.renew_password):
        with pytest.raises(NotAllowed):
            await act(tenant, kim, admin.id)
    with pytest.raises(NotAllowed):
        await team.change(tenant, kim, admin.id, name="X", role="guest", time_zone=None)


async def test_nobody_changes_the_own_role_nor_shuts_themselves_out(tenant: Tenant) -> None:
    admin = await person(tenant, Role.ORGANISATION_ADMIN)
    with pytest.raises(Refused):
        await team.change(tenant, admin, admin.id, name="Alex", role="guest", time_zone=None)
    with pytest.raises(Refused):
        await team.deactivate(tenant, admin, admin.id)
    changed = await team.change(
        tenant, admin, admin.id, name="Alex M", role="organisation_admin", time_zone="Europe/London"
    )
    assert (changed.name, changed.zone.key) == ("Alex M", "Europe/London")


async def test_who_is_shut_out_has_no_session_and_is_last_on_the_list(tenant: Tenant, jo: User) -> None:
    admin = await person(tenant, Role.ORGANISATION_ADMIN, "Zed Admin")
    cookie = await sessions.start(tenant, jo.id)
    assert await team.deactivate(tenant, admin, jo.id) == [sessions.hash_of(cookie)]
    assert [(member.user.name, member.user.deactivated) for member in await team.members(tenant)] == [
        ("Zed Admin", False),
        ("Jo Park", True),
    ]
    await team.reactivate(tenant, admin, jo.id)
    assert not (await users.find(tenant, jo.id)).deactivated


@pytest.mark.parametrize("role", ["", "king", "Recruiter"])
async def test_a_role_that_is_none_is_refused(tenant: Tenant, jo: User, role: str) -> None:
    admin = await person(tenant, Role.ORGANISATION_ADMIN)
    with pytest.raises(Invalid):
        await team.change(tenant, admin, jo.id, name="Jo", role=role, time_zone=None)
    with pytest.raises(Invalid):
        await team.change(tenant, admin, jo.id, name="Jo", role="recruiter", time_zone="Mars/Base")
    with pytest.raises(NotFound):
        await team.change(tenant, admin, new_id(), name="Jo", role="recruiter", time_zone=None)
