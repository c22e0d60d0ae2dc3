"""A hook goes to the open internet alone, to exactly the address that was looked at, and follows nobody."""

import asyncio

import pytest

from providers.addresses import is_public
from providers.hooks import HookSender, Trouble, signature
from tests.hooks.receiver import Receiver, receiving

pytestmark = pytest.mark.anyio


async def post(url: str, *addresses: str | Exception, to_private: bool = False) -> Trouble | None:
    asked = list(addresses)

    async def resolve(host: str) -> list[str]:
        found = asked.pop(0)  # whoever asks twice is told something else, or nothing
        if isinstance(found, Exception):
            raise found
        return found.split()

    sender = HookSender(to_private=to_private, resolve=resolve if addresses else None)
    try:
        return (await sender.post(url, b"{}", {"Content-Type": "application/json"})).trouble
    finally:
        await sender.aclose()


DISGUISED = (
    *("2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.255.255.254"),
    *("0", "0.0.0.0", "localhost", "localhost.", "127.0.0.1.", "LOCALHOST", "%31%32%37.0.0.1"),
    *("①②⑦.⓪.⓪.①", "127。0。0。1", "user@127.0.0.1", "user:word@localhost", "evil.example@127.0.0.1"),
    *("[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "[64:ff9b::7f00:1]"),
)
"""The machine itself, in all the ways in which its address can be written."""


async def test_nothing_private_is_reached_by_a_name_a_number_or_a_redirect() -> None:
    async with receiving() as trap:
        at = f":{trap.port}/"
        for name in ("evil.example", "[::1]", "127.0.0.1"):
            assert await post(f"http://{name}{at}", "127.0.0.1") is Trouble.PRIVATE
        assert await post(f"http://both.example{at}", "203.0.114.7 127.0.0.1") is Trouble.PRIVATE
        for number in DISGUISED:
            assert await post(f"http://{number}{at}") in {Trouble.PRIVATE, Trouble.UNKNOWN}
        assert trap.told == []
    async with receiving() as trap, receiving() as other:
        other.answers, other.location = [307], trap.url
        assert await post(f"http://moved.example:{other.port}/", "127.0.0.1", to_private=True) is Trouble.MOVED
        assert trap.told == []


async def test_it_goes_to_the_address_that_was_looked_at_under_the_name_that_was_given() -> None:
    async with receiving() as receiver:
        url = f"http://hooks.example:{receiver.port}/in?key=1"
        assert await post(url, "127.0.0.1", OSError("asked twice"), to_private=True) is None
        assert receiver.told[0].headers["host"] == f"hooks.example:{receiver.port}"


async def test_what_goes_wrong_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await post("https://nobody.example/", OSError("no such name")) is Trouble.UNKNOWN

    async def plain(self: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 No TLS here\r\n\r\n")
        await writer.drain()
        writer.close()

    monkeypatch.setattr(Receiver, "_serve", plain)
    async with receiving() as receiver:
        assert await post(f"https://x.example:{receiver.port}/", "127.0.0.1", to_private=True) is Trouble.TLS
    assert await post(f"http://x.example:{receiver.port}/", "127.0.0.1", to_private=True) is Trouble.CLOSED


async def test_an_answer_that_never_comes_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.hooks.MOST_SECONDS", 0.05)

    async def silence(self: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr(Receiver, "_serve", silence)
    async with receiving() as receiver:
        assert await post(receiver.url, "127.0.0.1", to_private=True) is Trouble.SLOW


def test_addresses_that_hide_another_one_are_not_public() -> None:
    private = "127.0.0.1 10.1.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 224.0.0.1 ::1 fe80::1%1 fc00::1"
    hiding = "::ffff:8.8.8.8 64:ff9b::808:808 64:ff9b:1::1 2002:808:808:: 2001::1 ::8.8.8.8 ::ffff:0:8.8.8.8"
    assert not any(map(is_public, f"{private} {hiding}".split()))
    assert is_public("203.0.114.7")
    assert is_public("2606:4700::1111")


def test_a_signature_is_the_one_of_the_standards_own_example() -> None:
    """https://github.com/standard-webhooks/standard-webhooks: the example of its reference libraries."""
    given = "msg_loFOjxBNrRLzqYUf", 1731705121, b'{"event_type":"ping","data":{"success":true}}'
    wanted = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
    assert signature(["whsec_plJ3nmyCDGBKInavdOK15jsl"], *given) == wanted
