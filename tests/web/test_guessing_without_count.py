"""A sign-in that cannot be counted does not take place, with the right password neither."""

import pytest

from inbox.accounts import login_failures
from inbox.accounts.users import User
from inbox.errors import Unavailable
from inbox.storage import tables
from inbox.storage.database import Tenant
from tests.web.browsers import PAIR
from tests.web.site import ORIGIN, Site

pytestmark = pytest.mark.anyio


async def test_where_the_count_cannot_be_written_nobody_gets_in(
    acme: Site, tenant: Tenant, jo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    async def away(*_: object) -> None:
        raise Unavailable("The database takes nothing at the moment.")

    async def is_right(password: str, _: str) -> bool:
        looked.append(password)
        return True

    async with acme.browser(Origin=ORIGIN) as client:
        with monkeypatch.context() as patch:
            patch.setattr(login_failures, "_one_at_a_time", away)
            patch.setattr("inbox.accounts.passwords.is_right", is_right)
            answer = await client.post("/login", data=PAIR)
        assert answer.status_code == 503
        assert "session" not in answer.headers.get("Set-Cookie", "")
        assert looked == []
        assert not await tenant.database.fetch_all(tables.sessions.select())
        assert (await client.post("/login", data=PAIR)).status_code == 303
