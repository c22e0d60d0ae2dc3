"""Behind nginx as docs/deploy.md has it: Twilio and browsers get through, and what is forged or too much does not."""

import json
import re
import socket
import ssl
import time
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.journeys.waiting import until
from tests.proxied.deployment import NAME, Deployment
from tests.web.house import sign

pytestmark = pytest.mark.long

MAYA = "+61491570110"
PNG = b"\x89PNG\r\n\x1a\n"


def text_in(deployment: Deployment, body: str, *, token: str = "", at: str = "", **headers: str) -> int:
    """Twilio calls by the proxy; the status it gets."""
    facts = deployment.facts
    form: dict[str, Any] = {
        "MessageSid": f"SM{abs(hash(body)) % 16**32:032x}",
        "AccountSid": facts["account_sid"],
        "From": MAYA,
        "To": facts["numbers"]["messaging"],
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
    }
    address = facts["message_webhook"]
    signature = sign(at or address, form, token or facts["auth_token"])
    kind = "application/x-www-form-urlencoded"
    with deployment.browser(**{"X-Twilio-Signature": signature, "Content-Type": kind, **headers}) as twilio:
        return twilio.post(address.removeprefix(deployment.url), content=urlencode(form)).status_code


def rows(deployment: Deployment, body: str) -> int:
    with psycopg.connect(deployment.databases["app"]) as database:
        found = database.execute("select count(*) from messages where body = %s", (body,)).fetchone()
    assert found is not None
    return int(found[0])


def raw(deployment: Deployment, request: bytes, *, pause: float = 0.0) -> bytes:
    """What these bytes are answered with, until the connection ends."""
    plain = socket.create_connection(("127.0.0.1", deployment.port), timeout=15)
    with closing(deployment.trust.wrap_socket(plain, server_hostname=NAME)) as line:
        line.sendall(request)
        time.sleep(pause)
        told = b""
        try:
            while more := line.recv(65536):
                told += more
        except (TimeoutError, ssl.SSLError, ConnectionError):
            pass
        return told


def socket_of(deployment: Deployment, cookie: str, origin: str) -> ClientConnection:
    plain = socket.create_connection(("127.0.0.1", deployment.port), timeout=15)
    return connect(  # type: ignore[call-overload,no-any-return]
        f"wss://{NAME}:{deployment.port}/live?tab=shared",
        sock=plain,
        ssl=deployment.trust,
        server_hostname=NAME,
        origin=origin,
        additional_headers={"Cookie": cookie},
    )


def test_a_text_that_twilio_signed_comes_through_and_a_forged_one_does_not(deployment: Deployment) -> None:
    assert text_in(deployment, "Signed") == 200
    assert text_in(deployment, "Forged", token="0" * 32) == 403
    assert text_in(deployment, "For another host", at="https://evil.example/hooks") == 403
    assert (rows(deployment, "Signed"), rows(deployment, "Forged"), rows(deployment, "For another host")) == (1, 0, 0)


def test_what_a_client_says_of_proxies_changes_neither_signatures_nor_addresses(deployment: Deployment) -> None:
    forged = {
        "X-Forwarded-For": "198.51.100.77",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Real-IP": "198.51.100.77",
        "Forwarded": "for=198.51.100.77;host=evil.example;proto=http",
        "True-Client-IP": "198.51.100.77",
    }
    assert text_in(deployment, "By a proxy", **forged) == 200
    with deployment.browser(**forged) as browser:
        answer = browser.get("/inbox")
        assert answer.headers["Location"] == "/login?next=/inbox"
        assert "evil.example" not in browser.get("/login").text
    assert "198.51.100.77" not in deployment.log()
    asked = [json.loads(line) for line in deployment.log().splitlines() if '"path": "/inbox"' in line]
    assert {line["address"] for line in asked} == {"127.0.0.1"}


def test_guesses_count_for_the_address_that_guesses_whatever_it_calls_itself(deployment: Deployment) -> None:
    told = []
    for number in range(7):
        with deployment.browser(Origin=deployment.url, **{"X-Forwarded-For": f"198.51.100.{number}"}) as browser:
            told.append(browser.post("/login", data={"email": "kim@demo.test", "password": "wrong"}).status_code)
    assert told == [422] * 5 + [429] * 2


def test_a_page_and_its_socket_work_and_a_foreign_origin_gets_none(deployment: Deployment) -> None:
    jo = deployment.signed_in()
    page = jo.get("/inbox?tab=shared")
    assert page.status_code == 200
    assert page.headers["Strict-Transport-Security"]
    cookie = jo.headers["Cookie"]
    assert cookie.startswith("__Host-session=")
    with socket_of(deployment, cookie, deployment.url) as line:
        assert text_in(deployment, "Live through the proxy") == 200
        while "Live through the proxy" not in str(line.recv(timeout=10)):
            pass
    for origin in ("https://evil.example", "null", f"https://{NAME}", f"http://{NAME}:{deployment.port}"):
        with pytest.raises(InvalidStatus) as refused:
            socket_of(deployment, cookie, origin)
        assert refused.value.response.status_code == 403
    jo.close()


def test_other_names_are_answered_with_nothing(deployment: Deployment) -> None:
    for host in ("evil.example", "127.0.0.1", ""):
        asked = f"GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        assert raw(deployment, asked)[:12] in (b"", b"HTTP/1.1 400"), host


def test_bodies_and_heads_end_at_their_limits(deployment: Deployment) -> None:
    with deployment.browser(Origin=deployment.url) as browser:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert browser.post("/login", content=b"x" * 70_000, headers=kind).status_code == 413
        assert (
            browser.post(
                f"{deployment.facts['message_webhook'].removeprefix(deployment.url)}", content=b"x" * 70_000
            ).status_code
            == 413
        )
        assert browser.get("/login", headers={"X-Long": "x" * 40_000}).status_code in (400, 431, 494)
        assert browser.get("/metrics").status_code == 404
        assert browser.get("/readyz").status_code == 404
        assert browser.get(deployment.facts["message_webhook"].removeprefix(deployment.url)).status_code in (403, 405)
    jo = deployment.signed_in("ana@demo.test")
    assert text_in(deployment, "Hello") == 200
    (conversation, *_) = re.findall(r'id="conv-([0-9a-f-]{36})"', jo.get("/inbox?tab=shared").text)
    large = {"media": ("x.png", PNG + b"x" * 6_000_000, "image/png")}
    answer = jo.post(f"/inbox/c/{conversation}/media", files=large)
    assert answer.status_code == 422, answer.text[:300]  # the application has read it, and it is no picture
    jo.close()


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: %s\r\n\r\n" % NAME.encode()


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 40\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: 4, 4\r\n",
        b"X: y\rTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: identity\r\n",
    ],
)
def test_a_request_of_two_lengths_is_refused_and_hides_no_other(deployment: Deployment, framing: bytes) -> None:
    head = b"POST /login HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n" % NAME.encode()
    told = raw(deployment, head + framing + b"\r\n0\r\n\r\n" + SMUGGLED)
    assert told.count(b"HTTP/1.1 ") <= 1, told[:500]
    assert told[9:12] in (b"", b"400", b"403", b"411", b"501"), told[:200]
    assert "/smuggled" not in deployment.log()


def test_a_slow_head_is_cut_off_and_others_do_not_notice(deployment: Deployment) -> None:
    lines = [socket.create_connection(("127.0.0.1", deployment.port), timeout=30) for _ in range(100)]
    slow = [deployment.trust.wrap_socket(line, server_hostname=NAME) for line in lines]
    for line in slow:
        line.sendall(b"GET /login HTTP/1.1\r\nHost: ")
    with deployment.browser() as browser:
        began = time.perf_counter()
        assert browser.get("/login").status_code == 200
        assert time.perf_counter() - began < 5
    began = time.perf_counter()
    until(lambda: slow[0].recv(1) == b"", seconds=20)
    assert time.perf_counter() - began < 15
    for line in slow:
        line.close()


def test_the_proxys_log_holds_no_query_and_no_token(deployment: Deployment) -> None:
    assert text_in(deployment, "Logged") == 200
    with deployment.browser() as browser:
        browser.get("/login?next=/inbox%3Fq%3D%2B61491570110")
        browser.get("/media/a-sealed-address")
    log = (deployment.nginx / "inbox.log").read_text()
    assert "/hooks/twilio/- 200" in log
    channel = deployment.facts["message_webhook"].split("/")[-2]
    assert [word for word in (channel, "61491570110", "a-sealed-address", "?") if word in log] == []
