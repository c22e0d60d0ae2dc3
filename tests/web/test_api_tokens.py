"""Settings > API tokens, and everybody's page to connect Sourcing Companion."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from inbox.accounts import bearers, companions
from inbox.accounts.roles import Role
from inbox.storage import audit, tables
from tests.web.house import House, opened, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/api-tokens"


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """The application, in which Jo is an admin and Ana a recruiter."""
    async with opened(sqlite_url, tmp_path) as house:
        jo = tables.users.c.id == house.scene.jo.id
        await house.scene.tenant.execute(update(tables.users).where(jo).values(role=Role.ORGANISATION_ADMIN.value))
        yield house


async def test_a_token_is_shown_once_and_revoked_by_an_admin(house: House) -> None:
    jo, database = await house.browser(house.scene.jo), house.scene.tenant.database
    wrong = shown(await jo.post(PAGE, data={"name": "", "scopes": "messages:send", "days": "90"}), 422)
    assert "Enter what the token is for." in wrong.words
    ticked = [
        box.attributes["value"]
        for box in wrong
        if "checked" in box.attributes and box.attributes.get("name") == "scopes"
    ]
    assert ticked == ["messages:send"]
    chosen = {"name": "<b>Job board</b>", "scopes": ["candidates:read", "messages:send"], "days": ""}
    made = shown(await jo.post(PAGE, data=chosen))
    token = made.by_id("token").words  # type: ignore[union-attr]
    assert await bearers.find(database, token) is not None
    page = await jo.get(PAGE)
    assert token not in page.text
    assert "<b>Job board</b>" in shown(page).words
    (revoke,) = [form.attributes["action"] for form in shown(page) if "revoke" in form.attributes.get("action", "")]
    assert (await jo.post(revoke)).status_code == 303
    assert await bearers.find(database, token) is None
    assert "No program has a token." in shown(await jo.get(PAGE)).words
    entries, _ = await audit.page(house.scene.tenant)
    assert [entry.what.partition(" the")[0] for entry in entries] == ["revoked", "made"]
    assert all(token not in entry.what for entry in entries)


async def test_only_admins_see_tokens_and_everybody_their_own_companions(house: House) -> None:
    jo, ana = await house.browser(house.scene.jo), await house.browser(house.scene.ana)
    assert (await ana.get(PAGE)).status_code == 403
    page = shown(await ana.post("/companion"))
    code = page.by_id("companion-code").words  # type: ignore[union-attr]
    tokens = await companions.connect(house.scene.tenant.database, code, name="Chrome on macOS")
    assert tokens is not None
    assert "Chrome on macOS" in shown(await ana.get("/companion")).words
    assert "Chrome on macOS" not in shown(await jo.get("/companion")).words
    assert "as Ana Ruiz" in shown(await jo.get(PAGE)).words
    mine = f"/companion/{tokens.companion_id}/disconnect"
    assert (await jo.post(mine)).status_code == 404
    assert (await jo.post(f"{PAGE}/companions/{tokens.companion_id}/disconnect")).status_code == 303
    assert await bearers.find(house.scene.tenant.database, tokens.access) is None
    assert (await ana.post(mine)).status_code == 404
    assert "None yet." in shown(await ana.get("/companion")).words


async def test_who_signs_out_everywhere_disconnects_their_companions(house: House) -> None:
    ana = await house.browser(house.scene.ana)
    code = await companions.new_code(house.scene.tenant, house.scene.ana)
    tokens = await companions.connect(house.scene.tenant.database, code, name="Chrome")
    assert tokens is not None
    await ana.post("/logout/everywhere")
    assert await bearers.find(house.scene.tenant.database, tokens.access) is None
