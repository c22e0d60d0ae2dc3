"""One text, one request, and for every way it can end the one error that says whether to try again."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from providers.contract import (
    AcceptedSms,
    DeliveryStatus,
    NotReached,
    OutgoingSms,
    Refused,
    Throttled,
    Unconfirmed,
)
from providers.twilio.client import TwilioClient, TwilioTransport
from tests.providers.twilio.calls import ACCOUNT
from tests.providers.twilio.texts import CREATED, SMS, refusal
from tests.providers.twilio.wire import Act, Wire, answers, drips, hangs, resets, writes

pytestmark = pytest.mark.anyio


async def test_a_text_goes_out_as_the_form_that_twilio_wants(client: TwilioClient, wire: Wire) -> None:
    wire.plays(answers(201, CREATED))
    accepted = await client.send(SMS)
    assert accepted == AcceptedSms(CREATED["sid"], DeliveryStatus.ACCEPTED, 2)
    [request] = wire.requests
    assert (request.method, request.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.credentials == f"{ACCOUNT}:the-auth-token"
    assert request.form == {
        "To": "+61491570156",
        "From": "+61491570006",
        "Body": SMS.body,
        "StatusCallback": SMS.status_url,
        "ValidityPeriod": "14400",
        "SmartEncoded": "true",
    }


@pytest.mark.parametrize(
    ("told", "status", "segments"),
    [
        ({"status": "accepted", "num_segments": "0"}, DeliveryStatus.ACCEPTED, None),
        ({"status": "scheduled", "num_segments": None}, DeliveryStatus.ACCEPTED, None),
        ({"status": "sending", "num_segments": "1"}, DeliveryStatus.SENDING, 1),
        ({"status": "failed", "num_segments": "1"}, DeliveryStatus.FAILED, 1),
        ({"status": "something new", "num_segments": "many"}, DeliveryStatus.ACCEPTED, None),
    ],
)
async def test_what_twilio_says_of_a_text_it_took_is_kept(
    client: TwilioClient, wire: Wire, told: dict[str, Any], status: DeliveryStatus, segments: int | None
) -> None:
    wire.plays(answers(201, CREATED | told))
    assert await client.send(SMS) == AcceptedSms(CREATED["sid"], status, segments)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, refusal(21211), 21211),
        (400, refusal(21610), 21610),
        (401, refusal(20003), 20003),
        (403, refusal(20003), 20003),
        (404, refusal(20404), 20404),
        (422, refusal(21617), 21617),
        (400, {"type": "x", "title": "No", "status": 400, "code": 21614, "detail": "Not a mobile."}, 21614),
        (401, "", 20003),
        (403, "<html>", 20003),
        (404, "{}", 20404),
    ],
)
async def test_a_refusal_is_final_and_carries_twilios_code(
    client: TwilioClient, wire: Wire, status: int, body: Any, code: int
) -> None:
    wire.plays(answers(status, body))
    with pytest.raises(Refused) as refused:
        await client.send(SMS)
    assert refused.value.code == code
    assert refused.value.words
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "0.5"}, 0.5),
        ({}, None),
        ({"Retry-After": "Tue, 24 Nov 2026 03:00:00 GMT"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
    ],
)
@pytest.mark.parametrize("body", [refusal(20429), ""])
async def test_too_many_requests_may_be_sent_again_later(
    client: TwilioClient, wire: Wire, headers: dict[str, str], seconds: float | None, body: Any
) -> None:
    wire.plays(answers(429, body, headers))
    with pytest.raises(Throttled) as throttled:
        await client.send(SMS)
    assert (throttled.value.code, throttled.value.retry_after) == (20429, seconds)
    assert len(wire.requests) == 1


CUT_SHORT = b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"
BAD_GZIP = b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        pytest.param(answers(500, refusal(20500)), 20500, id="500"),
        pytest.param(answers(503, refusal(20503)), 20503, id="503"),
        pytest.param(answers(502, "<html>Bad gateway"), None, id="502 of a proxy"),
        pytest.param(answers(408, "Request timeout"), None, id="408 of a proxy"),
        pytest.param(answers(307, "", {"Location": "/elsewhere"}), None, id="redirect"),
        pytest.param(hangs, None, id="hangs"),
        pytest.param(resets, None, id="resets"),
        pytest.param(writes(b""), None, id="hangs up"),
        pytest.param(writes(CUT_SHORT), None, id="cut short"),
        pytest.param(writes(b"SSH-2.0-OpenSSH\r\n\r\n"), None, id="not HTTP"),
        pytest.param(writes(BAD_GZIP), None, id="bad compression"),
        pytest.param(answers(201, ""), None, id="201 with nothing"),
        pytest.param(answers(201, "Created"), None, id="201 with no JSON"),
        pytest.param(answers(201, []), None, id="201 with a list"),
        pytest.param(answers(201, "null"), None, id="201 with null"),
        pytest.param(answers(201, {"status": "queued"}), None, id="201 without a SID"),
        pytest.param(answers(201, CREATED | {"date_created": 5}), None, id="201 with a strange date"),
    ],
)
async def test_a_text_that_may_have_gone_out_is_unconfirmed_and_not_sent_twice(
    client: TwilioClient, wire: Wire, act: Act, code: int | None
) -> None:
    wire.plays(act)
    with pytest.raises(Unconfirmed) as unconfirmed:
        await client.send(SMS)
    assert unconfirmed.value.code == code
    assert len(wire.requests) == 1


@contextmanager
def address_of_nobody() -> Iterator[str]:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"


@contextmanager
def address_of_a_full_house() -> Iterator[str]:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for guest in (first, second):
            guest.setblocking(False)
            guest.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}"


@contextmanager
def address_without_a_name() -> Iterator[str]:
    yield "http://no-such-host.invalid"


@pytest.mark.parametrize("address", [address_of_nobody, address_of_a_full_house, address_without_a_name])
async def test_a_text_that_never_left_may_be_sent_again(anyio_backend: str, address: Any) -> None:
    with address() as url:
        transport = TwilioTransport(url, connect_seconds=0.3, read_seconds=5)
        try:
            with pytest.raises(NotReached) as not_reached:
                await TwilioClient(transport, ACCOUNT, "token").send(SMS)
            assert not_reached.value.words.startswith("Twilio could not be reached: ")
        finally:
            await transport.aclose()


async def test_a_failed_handshake_has_not_reached_twilio(anyio_backend: str) -> None:
    async def answer_in_plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer_in_plain, "127.0.0.1", 0) as server:
        transport = TwilioTransport(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(NotReached, match="SSL"):
            await TwilioClient(transport, ACCOUNT, "token").send(SMS)
        await transport.aclose()


async def test_a_handshake_without_an_end_has_not_reached_twilio(wire: Wire) -> None:
    transport = TwilioTransport(wire.url.replace("http://", "https://"), connect_seconds=0.2)
    with pytest.raises(NotReached):
        await TwilioClient(transport, ACCOUNT, "token").send(SMS)
    assert wire.requests == []
    await transport.aclose()


async def test_a_text_that_waits_too_long_for_a_connection_has_not_reached_twilio(wire: Wire) -> None:
    transport = TwilioTransport(wire.url, read_seconds=0.3, most_connections=1)
    client = TwilioClient(transport, ACCOUNT, "token")
    held = asyncio.Event()
    wire.plays(answers(201, CREATED, after=held))
    outcomes = await asyncio.gather(client.send(SMS), client.send(SMS), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NotReached", "Unconfirmed"]
    assert len(wire.requests) == 1
    await transport.aclose()


async def test_an_answer_that_never_stops_coming_is_given_up(client: TwilioClient, wire: Wire) -> None:
    wire.plays(drips)
    start = time.monotonic()
    with pytest.raises(Unconfirmed):
        await client.send(SMS)
    assert time.monotonic() - start < 5


async def test_a_text_that_cannot_be_written_is_refused_before_it_leaves(
    transport: TwilioTransport, client: TwilioClient, wire: Wire
) -> None:
    with pytest.raises(Refused):
        await client.send(OutgoingSms("1", SMS.sender, SMS.recipient, "half a pair: \ud83d", SMS.status_url))
    with pytest.raises(Refused):
        await TwilioClient(transport, "AC\n1", "token").send(SMS)
    assert wire.connections == 0
