"""Users: made, found, changed, each in one organisation."""

import pytest

from inbox.accounts import organisations, user_names, users
from inbox.accounts.roles import Act, Role
from inbox.accounts.users import User
from inbox.errors import Invalid, NotFound
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from tests.people import PASSWORD

pytestmark = pytest.mark.anyio


async def test_a_user_is_found_by_id_and_by_email_whatever_its_capitals(tenant: Tenant, jo: User) -> None:
    assert (jo.email, jo.name, jo.first_name) == ("jo@acme.test", "Jo Park", "Jo")
    assert jo.role_words == "Recruiter"
    assert await users.find(tenant, jo.id) == jo
    assert await users.by_email(tenant.database, "  JO@Acme.test ") == jo
    assert await users.by_email(tenant.database, "kim@acme.test") is None


async def test_a_user_reads_times_in_an_own_zone_or_the_organisations(tenant: Tenant, jo: User) -> None:
    assert jo.zone.key == "Australia/Melbourne"
    ana = await users.create(
        tenant,
        email="ana@acme.test",
        name="Ana Ruiz",
        role=Role.GUEST,
        password=PASSWORD,
        time_zone="Europe/London",
    )
    assert ana.zone.key == "Europe/London"


async def test_a_role_decides_what_a_user_may(jo: User) -> None:
    assert jo.may(Act.REPLY)
    assert not jo.may(Act.USERS)


async def test_one_email_signs_in_once_in_the_whole_installation(tenant: Tenant, jo: User) -> None:
    other = await organisations.create(tenant.database, "Other", time_zone="UTC")
    with pytest.raises(Invalid, match="already") as raised:
        await users.create(
            Tenant(tenant.database, other.id),
            email="Jo@ACME.test",
            name="Jo Else",
            role=Role.GUEST,
            password=PASSWORD,
        )
    assert list(raised.value.fields) == ["email"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "jo"}, "email"),
        ({"email": "jo@"}, "email"),
        ({"email": "jo park@acme.test"}, "email"),
        ({"email": "jo@acme.test\nx"}, "email"),
        ({"name": " \x00 "}, "name"),
        ({"password": "short"}, "password"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
async def test_a_user_that_cannot_be_is_not_created(tenant: Tenant, wrong: dict[str, str], field: str) -> None:
    given = {"email": "kim@acme.test", "name": "Kim Lee", "password": PASSWORD, **wrong}
    with pytest.raises(Invalid) as raised:
        await users.create(tenant, role=Role.GUEST, **given)  # type: ignore[arg-type]
    assert list(raised.value.fields) == [field]
    assert await users.by_email(tenant.database, given["email"]) is None


async def test_a_user_of_another_organisation_is_not_found(tenant: Tenant, jo: User) -> None:
    other = Tenant(tenant.database, (await organisations.create(tenant.database, "Other", time_zone="UTC")).id)
    for attempt in (
        users.find(other, jo.id),
        users.deactivate(other, jo.id),
        users.set_password(other, jo.id, "another password"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert not (await users.find(tenant, jo.id)).deactivated


async def test_names_are_given_for_those_who_are_here(tenant: Tenant, jo: User) -> None:
    other = Tenant(tenant.database, (await organisations.create(tenant.database, "Other", time_zone="UTC")).id)
    assert await user_names.of(tenant, []) == {}
    assert await user_names.of(tenant, [jo.id, new_id()]) == {jo.id: "Jo Park"}
    assert await user_names.of(other, [jo.id]) == {}
