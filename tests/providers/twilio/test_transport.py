"""The connections to Twilio: shared by every account, blind to the environment, and silent in the log."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from providers.contract import NotReached, Refused
from providers.twilio.client import TwilioClient, TwilioTransport
from tests.providers.twilio.calls import ACCOUNT
from tests.providers.twilio.texts import CREATED, SMS, refusal
from tests.providers.twilio.wire import Wire, answers, hangs, open_wire

pytestmark = pytest.mark.anyio


@contextmanager
def proxy_that_is_gone() -> Iterator[str]:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"


async def test_fifty_texts_at_once_share_the_connections(wire: Wire) -> None:
    transport = TwilioTransport(wire.url, most_connections=4)
    client = TwilioClient(transport, ACCOUNT, "token")
    wire.plays(*[answers(201, CREATED)] * 50)
    accepted = await asyncio.gather(*[client.send(SMS) for _ in range(50)])
    assert len(accepted) == len(wire.requests) == 50
    assert wire.most_at_once <= 4
    await transport.aclose()


async def test_accounts_on_one_transport_do_not_see_each_others_cookies(transport: TwilioTransport, wire: Wire) -> None:
    wire.plays(answers(201, CREATED, {"Set-Cookie": "who=first; Path=/"}), answers(201, CREATED))
    await TwilioClient(transport, ACCOUNT, "first").send(SMS)
    await TwilioClient(transport, "AC" + "2" * 32, "second").send(SMS)
    assert wire.requests[1].credentials == "AC" + "2" * 32 + ":second"
    assert "cookie" not in wire.requests[1].headers


async def test_an_account_without_a_token_is_refused_by_twilio_not_by_the_environment(
    transport: TwilioTransport, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"AUTH_TOKEN": "leaked", "EDGE": "sydney", "REGION": "au1"}.items():
        monkeypatch.setenv(f"TWILIO_{name}", value)
    wire.plays(answers(401, refusal(20003)))
    with pytest.raises(Refused):
        await TwilioClient(transport, ACCOUNT, "").send(SMS)
    assert "authorization" not in wire.requests[0].headers


async def test_a_proxy_of_the_company_is_not_asked_for_this_machine(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy_that_is_gone() as nobody:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, nobody)
        transport = TwilioTransport(wire.url)
        wire.plays(answers(201, CREATED))
        assert (await TwilioClient(transport, ACCOUNT, "token").send(SMS)).segments == 2
        await transport.aclose()


async def test_a_proxy_that_turns_us_away_has_passed_nothing_on(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", wire.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    transport = TwilioTransport("https://api.twilio.com")
    wire.plays(answers(407, "Who are you?"))
    with pytest.raises(NotReached):
        await TwilioClient(transport, ACCOUNT, "token").send(SMS)
    assert [request.method for request in wire.requests] == ["CONNECT"]
    await transport.aclose()


async def test_only_twilios_own_address_is_replaced(transport: TwilioTransport, wire: Wire) -> None:
    async with open_wire() as other:
        other.plays(answers(200, {}))
        await transport.request("GET", f"{other.url}/2010-04-01/x.json")
        assert (len(other.requests), len(wire.requests)) == (1, 0)
    wire.plays(answers(200, {}))
    await transport.request("GET", "https://api.twilio.com/2010-04-01/x.json?Page=2")
    assert (wire.requests[0].path, wire.requests[0].query) == ("/2010-04-01/x.json", {"Page": "2"})


async def test_no_number_and_no_word_of_a_candidate_is_logged(
    client: TwilioClient, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wire.plays(answers(201, CREATED), answers(200, {"messages": [], "next_page_uri": None}))
    await client.send(SMS)
    assert [sms async for sms in client.list_messages(recipient=SMS.recipient)] == []
    assert "491570" not in caplog.text
    assert "Maya" not in caplog.text


async def test_a_cancelled_send_leaves_the_connections_usable(client: TwilioClient, wire: Wire) -> None:
    wire.plays(hangs, answers(201, CREATED))
    sending = asyncio.create_task(client.send(SMS))
    async with asyncio.timeout(5):
        while not wire.requests:
            await asyncio.wait([sending], timeout=0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert (await client.send(SMS)).segments == 2
