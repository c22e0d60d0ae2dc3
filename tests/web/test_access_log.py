"""The line of each request, and what is not in it."""

import json
from typing import Any

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from inbox import logs
from inbox.accounts.users import User
from inbox.storage.database import Database
from tests.logging_state import restored_logging  # noqa: F401
from tests.people import PASSWORD
from tests.web.site import ORIGIN, Site, site

pytestmark = pytest.mark.anyio


async def _hook(request: Request) -> Response:
    structlog.stdlib.get_logger("inbox.tests").info("stored")
    return PlainTextResponse((await request.body()).decode()[:0])


async def _fault(request: Request) -> Response:
    raise RuntimeError(f"no room for\n{(await request.body()).decode()}")


@pytest.fixture
def logged() -> Site:
    """A site with pages that log and fail."""
    return site(
        Database("sqlite:////nowhere/unused.db"),
        more=[
            Route("/hooks/twilio/{channel_token}/message", _hook, methods=["POST"]),
            Route("/fault", _fault, methods=["POST"]),
            Route("/healthz", _hook),
        ],
    )


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def test_each_request_leaves_one_line_without_its_query(logged: Site, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    async with logged.browser() as client:
        answer = await client.get("/nowhere?q=maya", headers={"Cookie": "session=canary"})
    (line,) = lines(capsys)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["milliseconds"] >= 0
    told = {name: line[name] for name in ("event", "method", "path", "status", "address", "level")}
    assert told == {
        "event": "request",
        "method": "GET",
        "path": "/nowhere",
        "status": 404,
        "address": "203.0.113.7",
        "level": "info",
    }
    assert "maya" not in json.dumps(line)
    assert "canary" not in json.dumps(line)


async def test_what_a_handler_logs_carries_the_number_of_its_request(
    logged: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json")
    async with logged.browser() as client:
        answer = await client.post("/hooks/twilio/canarytoken/message?m=1", data={"Body": "canary body"})
    stored, request = lines(capsys)
    assert stored["request_id"] == request["request_id"] == answer.headers["X-Request-Id"]
    assert request["path"] == "/hooks/twilio/…/message"


async def test_a_body_a_number_and_a_token_are_nowhere_in_the_log_even_of_a_fault(
    logged: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json")
    data = {"Body": "canary body", "From": "+61491570156", "password": "canary"}
    async with logged.browser(Origin=ORIGIN) as client:
        assert (await client.post("/fault", data=data)).status_code == 500
        await client.post("/hooks/twilio/canary/wrong", data=data)
        await client.get("/candidates/+61491570156")
    written = capsys.readouterr().err
    assert "request failed" in written
    assert "RuntimeError: no room for" in written
    assert "canary" not in written
    assert "4915701" not in written


async def test_what_machines_ask_all_the_time_leaves_no_line(logged: Site, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    async with logged.browser() as client:
        await client.get("/healthz")
        await client.get("/static/app.css")
    assert [line["event"] for line in lines(capsys)] == ["stored"]


async def test_signing_in_leaves_lines_without_the_email(
    acme: Site, jo: User, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json")
    async with acme.browser(Origin=ORIGIN) as client:
        for password in ("wrong", PASSWORD):
            await client.post("/login", data={"email": "jo@acme.test", "password": password})
    written = lines(capsys)
    assert [line["event"] for line in written] == ["sign-in failed", "request", "signed in", "request"]
    assert written[2]["user"] == jo.id
    assert "acme" not in json.dumps(written)
    assert PASSWORD not in json.dumps(written)
