"""The drill of docs/operations.md: copied while texts come in, destroyed, put back; and what is refused before."""

import asyncio
import contextlib
import json
import os
import stat
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from websockets.asyncio.client import connect

from inbox import config
from inbox.__main__ import main
from inbox.accounts import sessions
from inbox.app import create_app
from inbox.candidates import people
from inbox.messaging import messages
from inbox.reports import erasing
from inbox.server import listen, server
from inbox.storage import events, tables
from inbox.storage.database import Tenant
from providers.contract import DeliveryStatus
from tests.databases import as_administrator
from tests.logging_state import restored_logging  # noqa: F401
from tests.messaging.scene import KEY, MAYA, TOM
from tests.web.house import ORIGIN, House, opened, settings

pytestmark = pytest.mark.anyio

SECRETS = {"INBOX_SECRET_KEY": "a secret key of thirty-two letters", "INBOX_VAULT_KEYS": KEY}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, without any setting of this computer's."""
    for name in [name for name in config.environment() if name.startswith("INBOX_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def inbox(*arguments: str, url: str, **more: str) -> Result:
    """Type a command for the database at this address."""
    return CliRunner().invoke(main, arguments, env=SECRETS | {"INBOX_DATABASE_URL": url} | more)


async def typed(*arguments: str, url: str) -> str:
    """A command that has to work, while the tests go on; what it says."""
    result = await asyncio.to_thread(inbox, *arguments, url=url)
    assert result.exit_code == 0, result.output
    return result.output


@contextlib.asynccontextmanager
async def running_again(url: str, folder: Path, before: House) -> AsyncIterator[House]:
    """The application over the same database, started anew, with the organisation that was in it."""
    app = create_app(settings(url, folder), works=False)
    async with app.router.lifespan_context(app):
        tenant = Tenant(app.state.database, before.scene.tenant.organisation_id)
        house = House(app, replace(before.scene, tenant=tenant))
        yield house
        await house.close()


async def answer_of_socket(house: House, cookie: str, cursor: str) -> list[str]:
    """What a page that comes back with this cursor is told first."""
    listening = listen("127.0.0.1", 0)
    serving = server(house.app, host="127.0.0.1", port=0)
    serving.config.lifespan = "off"  # the house has begun and will end it
    running = asyncio.create_task(serving.serve(sockets=[listening]))
    address = f"ws://127.0.0.1:{listening.getsockname()[1]}/live?tab=shared&list={cursor}&counts={cursor}"
    headers = {"Cookie": f"__Host-session={cookie}"}
    async with connect(address, origin=ORIGIN, additional_headers=headers, proxy=None) as line:  # type: ignore[arg-type]
        told = [json.loads(await line.recv()) for _ in range(3)]
    serving.should_exit = True
    await running
    return [f"{one['t']} {one.get('slot', '')}".strip() for one in told]


@pytest.fixture
def postgresql_url(postgresql_url: str) -> str:
    """As the administrator: whoever restores makes tables."""
    return as_administrator(postgresql_url)


def destroy(url: str) -> None:
    """The disk is gone."""
    if url.startswith("sqlite:///"):
        for file in Path(url.removeprefix("sqlite:///")).parent.glob("inbox.db*"):
            file.unlink()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")


async def test_what_was_copied_while_texts_came_in_is_whole_again_and_who_was_erased_stays_so(
    database_url: str, folder: Path
) -> None:
    backup, erased, stored = folder / "monday.zip", folder / "erased.txt", 0
    async with opened(database_url, folder) as house:
        scene = house.scene
        canary = await scene.text_in(TOM, "I am Quetzalcoatl")
        waiting = await scene.reply(await scene.text_in(MAYA), "Sent since, or not?")
        cookie = await sessions.start(scene.tenant, scene.jo.id)
        copying = asyncio.create_task(typed("backup", str(backup), url=database_url))
        while not copying.done():
            stored += (await house.text_in(f"While it is copied, {stored}")).status_code == 200
            await asyncio.wait({copying}, timeout=0.05)
        assert "is whole: " in await copying
        await house.text_in("After the copy")
        candidate = await people.by_number(scene.tenant, TOM)
        await erasing.erase(scene.tenant, candidate, actor="Jo Park")
        erased.write_text(await typed("erase", "--list", url=database_url))
        cursor = str(await events.head(scene.tenant))
    assert stored
    destroy(database_url)

    told = await typed("restore", str(backup), "--erased", str(erased), url=database_url)
    assert told.splitlines()[1:] == [
        "Held back, for people to decide: 1 texts, 0 scheduled texts, 0 campaigns, 0 workflows.",
        "1 of 1 candidates erased again.",
        "Every open page loads anew.",
    ]
    async with running_again(database_url, folder, house) as again:
        tenant = again.scene.tenant
        rows = [await tenant.fetch_all(select(table)) for table in tables.metadata.sorted_tables]
        words = str([dict(row._mapping) for some in rows for row in some])
        assert [word for word in ("Quetzalcoatl", TOM, "After the copy") if word in words] == []
        assert (await again.scene.row(canary)).erased_at is not None
        assert (await messages.find(tenant, waiting.id)).status is DeliveryStatus.UNCONFIRMED
        assert (await again.scene.row(waiting.conversation_id)).failed == 1
        assert sorted(await answer_of_socket(again, cookie, cursor)) == ["hello", "resync counts", "resync list"]
        assert (await again.text_in("And on it goes")).status_code == 200


async def test_nothing_is_written_or_replaced_that_should_not_be(database_url: str, folder: Path) -> None:
    backup, name = folder / "copy.zip", "sqlite" if "sqlite" in database_url else "postgresql"
    async with opened(database_url, folder) as house:
        await typed("backup", str(backup), url=database_url)
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        with zipfile.ZipFile(backup) as archive:
            assert json.loads(archive.read("manifest.json"))["database"] == name
            assert KEY not in archive.read("manifest.json").decode()
        again = await asyncio.to_thread(inbox, "backup", str(backup), url=database_url)
        assert "a backup never replaces one" in again.output
        plain = await asyncio.to_thread(inbox, "restore", str(backup), url=database_url)
        assert "With --replace everything in it is lost." in plain.output
        used = await asyncio.to_thread(inbox, "restore", str(backup), "--replace", url=database_url)
        assert "Stop every" in used.output
        assert used.exit_code == plain.exit_code == again.exit_code == 1
        assert (await house.text_in()).status_code == 200
    other = "sqlite:///elsewhere.db" if name == "postgresql" else "postgresql://127.0.0.1:9/nowhere"
    assert "and INBOX_DATABASE_URL names" in inbox("restore", str(backup), url=other).output
    damaged = bytearray(backup.read_bytes())
    damaged[len(damaged) // 3] ^= 1
    (folder / "damaged.zip").write_bytes(damaged)
    found = inbox("backup", "--verify", str(folder / "damaged.zip"), url=database_url)
    assert (found.exit_code, "damaged" in found.output) == (1, True)
    assert [name for name in os.listdir(folder) if name.startswith(".inbox-")] == []
