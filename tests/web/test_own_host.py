"""Embeds on a host name of their own: nothing else is there, they are nowhere else, and no cookie counts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from inbox.app import create_app
from inbox.config import ConfigError, read
from tests.web.house import ORIGIN, settings

pytestmark = pytest.mark.anyio

EMBED = "https://embed.example.com"


@pytest.fixture
async def app(sqlite_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Starlette]:
    """The application with such a host."""
    app = create_app(replace(settings(sqlite_url, tmp_path), embed_url=EMBED), works=False)
    async with app.router.lifespan_context(app):
        yield app


def at(app: Starlette, url: str) -> httpx2.AsyncClient:
    """A browser at one of the two hosts, with a cookie."""
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url=url, cookies={"__Host-session": "x"})


async def test_each_host_has_its_own(app: Starlette) -> None:
    async with at(app, EMBED) as theirs, at(app, ORIGIN) as ours:
        for path in ("/", "/login", "/inbox", "/api/v1/me", "/settings/embeds", "/hooks/twilio/x/message", "/metrics"):
            assert (await theirs.get(path)).status_code == 404, path
        for path in ("/embed/thread", "/embed/thread.js", "/embed/content"):
            assert (await ours.get(path)).status_code == 404, path
        assert (await theirs.get("/embed/thread.js")).status_code == 200
        assert (await theirs.get("/healthz")).status_code == 200
        assert (await ours.get("/login")).status_code == 200
        frame = await theirs.get("/embed/thread")
        assert "connect-src 'self' wss://embed.example.com" in frame.headers["Content-Security-Policy"]
        assert 'data-home="https://inbox.example.com"' in frame.text
        refused = await theirs.post("/embed/session", data={"token": "x"}, headers={"Origin": ORIGIN})
        assert refused.status_code == 403
        taken = await theirs.post("/embed/session", data={"token": "x"}, headers={"Origin": EMBED})
        assert taken.status_code == 401


def test_the_address_of_embeds_is_a_host_without_a_path() -> None:
    environ = {"INBOX_SECRET_KEY": "x" * 32, "INBOX_VAULT_KEYS": "A" * 43 + "="}
    assert read(environ).embeds_at == "http://127.0.0.1:8000"
    assert read(environ | {"INBOX_EMBED_URL": EMBED + "/"}).embeds_at == EMBED
    for wrong in ("embed.example.com", EMBED + "/x", "http://127.0.0.1:8000"):
        with pytest.raises(ConfigError, match="INBOX_EMBED_URL"):
            read(environ | {"INBOX_EMBED_URL": wrong})
