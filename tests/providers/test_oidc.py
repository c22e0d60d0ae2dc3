"""Asking an identity provider: only at public addresses, over TLS, and for small answers in good time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from providers.oidc import Issuers, OidcError, Registration, Trouble, id_tokens
from providers.oidc.asking import MOST_BYTES, Asking
from tests.providers.sandbox.stage import Host
from tests.web.identity import CLIENT, OTHER_KEY, Rogue, rogues

pytestmark = pytest.mark.anyio

US = Registration("https://id.example", CLIENT, "https://inbox.example.com/login/sso/callback")


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with rogues() as running:
        yield running


@pytest.fixture
async def inside(anyio_backend: str) -> AsyncIterator[Asking]:
    """Allowed to ask this machine."""
    asking = Asking(to_private=True)
    yield asking
    await asking.aclose()


def leading_to(*addresses: str) -> Asking:
    async def resolve(_: str) -> list[str]:
        return list(addresses)

    return Asking(resolve=resolve)


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.0.0.8",),
        ("169.254.169.254",),
        ("93.184.216.34", "192.168.1.1"),
        ("::1",),
        ("::ffff:10.0.0.8",),
        ("64:ff9b::a00:8",),
        ("fd00::1",),
        ("0.0.0.0",),
    ],
)
async def test_a_name_that_leads_inside_is_not_asked(addresses: tuple[str, ...]) -> None:
    asking = leading_to(*addresses)
    for ask in (asking.get("https://id.example/x"), Issuers(asking).examine("https://id.example")):
        with pytest.raises(OidcError) as raised:
            await ask
        assert raised.value.trouble is Trouble.PRIVATE
    await asking.aclose()


async def test_a_name_of_nobody_and_a_plain_address_are_told_apart() -> None:
    asking = leading_to()
    for url, trouble in (("https://id.example", Trouble.UNKNOWN), ("http://id.example", Trouble.PLAIN)):
        with pytest.raises(OidcError) as raised:
            await asking.get(url)
        assert raised.value.trouble is trouble
    await asking.aclose()


async def test_plain_addresses_in_what_a_provider_says_are_not_taken() -> None:
    said: dict[str, Any] = {
        "issuer": "https://id.example",
        "authorization_endpoint": "https://id.example/a",
        "token_endpoint": "http://id.example/t",
        "jwks_uri": "https://id.example/k",
    }
    asking = leading_to("93.184.216.34")
    asking.get = lambda url, headers=None: asyncio.sleep(0, said)  # type: ignore[method-assign]
    with pytest.raises(OidcError) as raised:
        await Issuers(asking).authorization(US, state="s", nonce="n", verifier="v")
    assert (raised.value.trouble, raised.value.detail) == (Trouble.PLAIN, "token_endpoint")
    await asking.aclose()


async def test_no_redirect_is_followed_and_no_long_answer_read(host: Host, inside: Asking) -> None:
    async def moved(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"location", f"{host.url}/elsewhere".encode())]
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(MOST_BYTES // 16_384 + 2):
            await send({"type": "http.response.body", "body": b" " * 16_384, "more_body": True})
        await send({"type": "http.response.body", "body": b"{}"})

    async def no_object(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"[]"})

    for app in (moved, endless, no_object):
        host.serving = app
        with pytest.raises(OidcError) as raised:
            await inside.get(f"{host.url}/x")
        assert raised.value.trouble is Trouble.ANSWER


async def test_who_does_not_answer_is_not_waited_for(inside: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side goes
        writer.close()

    monkeypatch.setattr("providers.oidc.asking.MOST_SECONDS", 0.2)
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        with pytest.raises(OidcError) as raised:
            await inside.get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x")
    assert raised.value.trouble is Trouble.SLOW


TOKEN = Rogue("https://id.example").token({"client_id": CLIENT, "nonce": "n"}, "opaque")
WANTED: dict[str, Any] = {"issuer": "https://id.example", "client_id": CLIENT, "nonce": "n", "access_token": "opaque"}


async def test_a_token_holds_for_its_own_key_alone() -> None:
    assert id_tokens.claims(TOKEN, [Rogue("").key], **WANTED)["sub"] == "s-1"
    with pytest.raises(id_tokens.UnknownKey):
        id_tokens.claims(TOKEN, [OTHER_KEY], **WANTED)


@given(place=st.integers(0, len(TOKEN) - 1), sign=st.sampled_from("AZaz09-_.=\x00é"))
@profile(max_examples=40, deadline=None)
def test_a_token_in_which_one_sign_was_changed_does_not_hold(place: int, sign: str) -> None:
    changed = TOKEN[:place] + sign + TOKEN[place + 1 :]
    if changed.rstrip("=") == TOKEN or place == len(TOKEN) - 1:  # whose last bits are no part of the signature
        return
    with pytest.raises(OidcError):
        id_tokens.claims(changed, [Rogue("").key], **WANTED)


@given(token=st.none() | st.integers() | st.text(max_size=60) | st.just("." * 40_000) | st.just("e30.e30.e30"))
@profile(max_examples=40, deadline=None)
def test_what_is_no_token_is_refused(token: object) -> None:
    with pytest.raises(OidcError):
        id_tokens.claims(token, [Rogue("").key], **WANTED)
