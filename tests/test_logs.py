"""The form of the log, and what never gets into it."""

import json
import logging
from typing import Any

import pytest
import structlog

from inbox import logs
from tests.logging_state import restored_logging  # noqa: F401

# As PostgreSQL says it. Apart from the code that raises, which a traceback quotes.
ROW = "\nDETAIL: Failing row contains (canary)"

Captured = pytest.CaptureFixture[str]


def told(capsys: Captured, **values: Any) -> dict[str, Any]:
    """The line, as JSON, of one event with these values."""
    logs.configure("json")
    structlog.stdlib.get_logger("inbox.tests").info("something happened", **values)
    return lines(capsys)[-1]


def lines(capsys: Captured) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_says_what_when_and_where(capsys: Captured) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        line = told(capsys, status=200, path="/inbox/c/0191e0a1-0000-7000-8000-000000000001")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "something happened",
        "level": "info",
        "logger": "inbox.tests",
        "request_id": "abc",
        "status": 200,
        "path": "/inbox/c/0191e0a1-0000-7000-8000-000000000001",
    }


@pytest.mark.parametrize(
    "number",
    [
        "+61491570156",
        "+61 491 570 156",
        "%2B61491570156",
        "61491570156",
        "0491 570 156",
        "0491-570-156",
        "(0491) 570 156",
        "+44 7700 900156",
        "+1 (415) 555-0156",
        "415-555-0156",
        "whatsapp:+61491570156",
        "tel:+61491570156",
    ],
)
def test_of_a_phone_number_two_digits_stay_wherever_it_stands(capsys: Captured, number: str) -> None:
    for text in (number, f"to {number} and back", f"<{number}>", f"To={number}&x=1", f'"{number}"'):
        line = told(capsys, why=text, deep={"to": [text]})
        for kept in (line["why"], line["deep"]["to"][0]):
            assert "…56" in kept
            assert "157" not in kept.replace("…56", "")
            assert "555" not in kept


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-11",
        "2026-03-11T14:02:33.123456+00:00",
        "2026-03-11 14:02:33",
        "203.0.113.155",
        "2001:db8::1",
        "0191e0a1-1234-7123-8123-123456789012",
        "SM00000000000000000000000000000042",
        "0b7f3a1299887766",
        "took 1234.5 ms",
    ],
)
def test_what_only_looks_like_a_number_stays(capsys: Captured, text: str) -> None:
    assert told(capsys, why=text)["why"] == text


def test_bodies_and_secrets_are_hidden_by_name(capsys: Captured) -> None:
    names = ("body", "text", "raw_body", "password", "new_password", "csrf", "cookie", "auth_token", "email")
    secrets: dict[str, Any] = dict.fromkeys((*names, "secret_key", "authorization"), "canary")
    secrets |= {"vault_keys": ["canary"], "form": {"Body": "canary"}, "nested": {"body": "canary", "kept": 1}}
    line = told(capsys, **secrets)
    assert "canary" not in json.dumps(line)
    assert line["nested"] == {"body": "[hidden]", "kept": 1}


def test_addresses_lose_their_query_password_and_token(capsys: Captured) -> None:
    line = told(
        capsys,
        asked="GET /inbox?q=maya+chen HTTP/1.1",
        url="https://api.example.com/2010/Messages.json?To=%2B61491570156",
        database="postgresql://inbox:hunter2@db.example.com/inbox",
        redis="redis://:hunter2@cache.example.com",
        hook="/hooks/twilio/AbCdEf0123456789/message",
        path="/media/gAAAAABh-sealed_address==",
        fetched="GET https://inbox.example.com/media/gAAAAABh-sealed_address== 200",
        shown="/inbox/c/1/media/2",
    )
    assert line["asked"] == "GET /inbox?… HTTP/1.1"
    assert line["url"] == "https://api.example.com/2010/Messages.json?…"
    assert line["database"] == "postgresql://inbox:…@db.example.com/inbox"
    assert line["redis"] == "redis://:…@cache.example.com"
    assert line["hook"] == "/hooks/twilio/…/message"
    assert line["path"] == "/media/…"
    assert line["fetched"] == "GET https://inbox.example.com/media/… 200"
    assert line["shown"] == "/inbox/c/1/media/2"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_text_cannot_forge_a_line(capsys: Captured, log_format: str) -> None:
    logs.configure(log_format)
    forged = "a\r\n2026-01-01 [error] forged\x1b[31m\u2028"
    structlog.stdlib.get_logger("inbox.tests").info(forged, why=forged)
    logging.getLogger("uvicorn.error").info("%s", forged)
    written = capsys.readouterr().err
    assert len(written.splitlines()) == 2
    assert "\x1b[31m" not in written


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_tells_of_each_error_its_first_line_only(capsys: Captured, log_format: str) -> None:
    logs.configure(log_format)
    log = structlog.stdlib.get_logger("inbox.tests")
    try:
        try:
            raise ValueError("first" + ROW)
        except ValueError as error:
            raise ExceptionGroup("second", [LookupError("third" + ROW)]) from error
    except ExceptionGroup:
        log.exception("it failed", number="+61491570156")
    written = capsys.readouterr().err
    assert "…56" in written.replace("\\u2026", "…")
    for expected in ("ValueError: first", "ExceptionGroup: second", "LookupError: third", "test_logs.py"):
        assert expected in written
    assert "canary" not in written
    assert "Failing row" not in written


def test_uvicorn_and_other_libraries_are_heard_in_the_same_form(capsys: Captured) -> None:
    logs.configure("json")
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "127.0.0.1:50000", "/live?q=maya&c=7")
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "127.0.0.1", "GET", "/inbox?q=maya")
    logging.getLogger("twilio.http_client").info("Query Params: %s", {"To": "+61491570156"})
    logging.getLogger("asyncio").warning("slow callback")
    assert [(line["logger"], line["event"]) for line in lines(capsys)] == [
        ("uvicorn.error", '127.0.0.1:50000 - "WebSocket /live?…" [accepted]'),
        ("asyncio", "slow callback"),
    ]


def test_an_exception_of_a_library_is_cut_too(capsys: Captured) -> None:
    logs.configure("json")
    try:
        raise RuntimeError("it broke" + ROW)
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    (line,) = lines(capsys)
    assert "RuntimeError: it broke" in line["exception"]
    assert "canary" not in json.dumps(line)


def test_configuring_twice_writes_each_line_once(capsys: Captured) -> None:
    logs.configure("text")
    told(capsys)
    structlog.stdlib.get_logger("inbox.tests").info("once")
    assert len(lines(capsys)) == 1
