"""What nobody may read where it lies: secrets in the database, and texts, numbers and secrets in logs and pages."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path

import psycopg
import pytest

from inbox import logs
from inbox.accounts import api_tokens, companions, inviting, password_links, users
from inbox.accounts.roles import Role
from inbox.accounts.scopes import Scope
from inbox.app import create_app
from inbox.hooks import endpoints
from inbox.provisioning import credentials
from inbox.storage import mails, tables
from inbox.storage.vault import new_key
from inbox.web.calls import Call
from tests.databases import as_administrator
from tests.logging_state import restored_logging  # noqa: F401
from tests.messaging.scene import KEY, MAYA
from tests.web.away import until
from tests.web.house import METRICS_TOKEN, ORIGIN, House, settings

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases]

PASSWORD = "canary-of-a-password"
BODY = "canary-of-a-body"
ENTERED = "cafe0123" * 4


def whole(url: str) -> str:
    """All that lies in a database, as whoever stole it would read it: the file, or every table as it is copied out."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(path)) as database:
            words = "\n".join(database.iterdump())
        return words + "".join(file.read_bytes().decode("latin-1") for file in path.parent.glob(f"{path.name}*"))
    with psycopg.connect(as_administrator(url)) as connection:
        names = [row[0] for row in connection.execute("select tablename from pg_tables where schemaname = 'public'")]
        copied = []
        for name in names:
            with connection.cursor().copy(f'COPY "{name}" TO STDOUT'.encode()) as copy:
                copied.append(b"".join(copy))
    return b"\n".join(copied).decode("utf-8", "replace")


async def secrets_of(house: House) -> dict[str, str]:
    """One of each kind of secret, brought about as people do, by what it is."""
    scene = house.scene
    await users.set_password(scene.tenant, scene.ana.id, PASSWORD)
    await scene.tenant.execute(tables.users.update().values(role=Role.ORGANISATION_ADMIN.value))
    jo = await users.find(scene.tenant, scene.jo.id)
    stranger = await house.browser(Origin=ORIGIN)
    answer = await stranger.post("/login", data={"email": scene.ana.email, "password": PASSWORD})
    assert answer.status_code == 303
    _, token = await api_tokens.create(scene.tenant, jo, name="Test", wanted=list(Scope), days="30")
    _, hook = await endpoints.create(
        scene.tenant, scene.vault, url="https://example.com/hook", wanted=["message.received"], to_private=False
    )
    code = await companions.new_code(scene.tenant, jo)
    tokens = await companions.connect(scene.tenant.database, code, name="Chrome")
    assert tokens is not None
    await inviting.forgot(scene.tenant.database, scene.ana.email)
    return {
        "an auth token": scene.account.auth_token,
        "a password": PASSWORD,
        "a session": stranger.cookies["__Host-session"],
        "an API token": token,
        "a webhook's secret": hook,
        "a Companion's access": tokens.access,
        "a Companion's refresh": tokens.refresh,
        "a link to a password": await password_links.make(scene.tenant, scene.ana.id, mails.RESET),
        "the token of metrics": METRICS_TOKEN,
        "the secret key": house.app.state.settings.secret_key,
        "the vault's key": KEY,
    }


def found(secrets: Mapping[str, str], words: str) -> list[str]:
    """Which of them stand there, in whole or without the letters that say what they are."""
    return [name for name, secret in secrets.items() if secret in words or secret.split("_", 1)[-1] in words]


async def test_a_stolen_database_holds_no_secret_that_can_be_used(house: House, database_url: str) -> None:
    secrets = await secrets_of(house)
    assert (await house.text_in(BODY)).status_code == 200
    await credentials.connect(
        house.scene.tenant, house.scene.vault, account_sid=house.scene.account.account_sid, auth_token=ENTERED
    )
    await until(partial(stored, house, 1))
    stolen = whole(database_url)
    assert BODY in stolen  # so it is everything
    assert found(secrets | {"an entered token": ENTERED}, stolen) == []


async def test_logs_pages_and_the_spool_hold_neither_texts_nor_numbers_nor_secrets(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json")
    secrets = await secrets_of(house)
    assert (await house.text_in(BODY)).status_code == 200
    jo = await house.browser(house.scene.jo)
    conversation = await house.scene.conversation(MAYA)
    told = [
        await jo.get(f"/inbox?q={MAYA}&tab=shared"),
        await jo.post(f"/inbox/c/{conversation}/messages", data={"body": f"{BODY} again", "id": "x"}),
        await jo.get(f"/inbox/c/{conversation}/nowhere?q={BODY}"),
        await jo.get(f"/media/{secrets['a session']}"),
        await jo.get(f"/login/password?token={secrets['a link to a password']}"),
        await house.text_in(BODY, From="not a number"),
        await house.call(house.scene.account.message_path, house.text(BODY), token="0" * 32),
        await jo.get("/api/v1/me", headers={"Authorization": f"Bearer {secrets['an API token']}"}),
    ]
    settings_pages = [
        await jo.get(path) for path in ("/settings/organisation/sms", "/settings/api-tokens", "/settings/webhooks")
    ]
    spool = house.app.state.reception.spool
    form = "From=%2B61491570110&Body=canary-of-a-body"
    call = Call("message", house.scene.account.message_path.split("/")[3], ORIGIN, "x", form)
    await spool.keep(call.as_text(), arrived_at=datetime.now(UTC), is_verified=True)
    printed = capsys.readouterr().err
    assert printed.count("\n") > 10
    assert [word for word in (BODY, MAYA, MAYA[1:], "491570110") if word in printed] == []
    assert found(secrets, printed) == []
    # The form of a mailed link carries its token on, to who has it.
    assert [one.url.path for one in told + settings_pages if found(secrets, one.text)] == ["/login/password"]
    kept = b"".join(file.read_bytes() for file in house.app.state.settings.spool_dir.rglob("*") if file.is_file())
    assert kept
    assert BODY.encode() not in kept
    assert b"491570110" not in kept


async def stored(house: House, texts: int) -> bool:
    """Whether so many texts are in the database."""
    return len(await house.scene.tenant.fetch_all(tables.messages.select())) == texts


async def test_a_token_is_shown_once_and_then_by_its_last_four_letters(house: House) -> None:
    scene = house.scene
    await scene.tenant.execute(tables.users.update().values(role=Role.ORGANISATION_ADMIN.value))
    jo = await house.browser(scene.jo)
    typed = {"account_sid": "AC" + "b" * 32, "auth_token": ENTERED}
    assert (await jo.post("/settings/organisation/sms/account", data=typed)).status_code == 303
    page = (await jo.get("/settings/organisation/sms")).text
    assert ENTERED[-4:] in page
    assert ENTERED[-5:] not in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_keys_are_exchanged_while_texts_come_in_and_none_is_lost(
    house: House, database_url: str, tmp_path: Path
) -> None:
    newer, texts = new_key(), 0
    # As docs/deploy.md has it: the new one behind, then in front, each time with processes of before beside new ones.
    steps = [(KEY,), (KEY, newer), (newer, KEY)]
    for one, other in pairwise(steps):
        chosen = settings(database_url, tmp_path / "exchanged")
        apps = [create_app(replace(chosen, vault_keys=keys), works=False) for keys in (one, other)]
        async with apps[0].router.lifespan_context(apps[0]), apps[1].router.lifespan_context(apps[1]):
            doors = cycle(House(app, house.scene) for app in apps)
            answers = await asyncio.gather(*(next(doors).text_in(f"Text {texts + more}") for more in range(25)))
            texts += 25
            assert {one.status_code for one in answers} == {200}
            # Some may have been kept a moment, sealed, while others were stored.
            await until(partial(stored, house, texts))
            # What the new processes seal, the old ones open.
            sealed = apps[1].state.vault.seal(ENTERED, bound_to="here")
            assert {app.state.vault.open(sealed, bound_to="here") for app in apps} == {ENTERED}
