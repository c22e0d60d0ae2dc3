"""Fetching what candidates sent: credentials for Twilio's API alone, and no way to anywhere else."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from providers.twilio import media
from providers.twilio.media import (
    MediaAway,
    MediaError,
    MediaForbidden,
    MediaGone,
    MediaTooLarge,
    TwilioMedia,
)
from tests.media import answer

pytestmark = pytest.mark.anyio

SID, TOKEN = "AC" + "a" * 32, "the token"
PATH = f"/2010-04-01/Accounts/{SID}/Messages/MM{'b' * 32}/Media/ME{'c' * 32}"
URL = f"https://api.twilio.com{PATH}"
STORAGE = "https://mms.twiliocdn.com/AC/one?Expires=1&Signature=x"
CREDENTIALS = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()

Answer = Callable[[httpx2.Request], httpx2.Response]


class Seen:
    """A world of hosts, and what was asked of which."""

    def __init__(self, *answers: httpx2.Response | Exception, addresses: dict[str, list[str]] | None = None) -> None:
        self.asked: list[tuple[str, str, str | None]] = []
        self._answers = list(answers)
        self._addresses = addresses or {}

    def source(self, api_url: str = "https://api.twilio.com") -> TwilioMedia:
        return TwilioMedia(api_url, transport=httpx2.MockTransport(self._answer), resolve=self._resolve)

    async def fetch(self, url: str = URL, api_url: str = "https://api.twilio.com") -> bytes:
        source = self.source(api_url)
        try:
            return await source.fetch(url, SID, TOKEN)
        finally:
            await source.aclose()

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append((request.url.host, request.headers["Host"], request.headers.get("Authorization")))
        told = self._answers.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    async def _resolve(self, host: str) -> list[str]:
        return self._addresses.get(host, ["203.0.114.7"])


def moved(to: str, status: int = 307) -> httpx2.Response:
    return httpx2.Response(status, headers={"Location": to})


async def test_twilio_sends_us_on_to_its_storage_which_sees_no_credentials() -> None:
    seen = Seen(moved(STORAGE), answer(b"a picture"))
    assert await seen.fetch() == b"a picture"
    assert seen.asked == [
        ("203.0.114.7", "api.twilio.com", CREDENTIALS),
        ("203.0.114.7", "mms.twiliocdn.com", None),
    ]


async def test_the_older_storage_sends_us_on_once_more() -> None:
    older = "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC/one"
    seen = Seen(moved("https://media.twiliocdn.com/AC/one"), moved(older, 302), answer(b"x"))
    assert await seen.fetch() == b"x"
    assert [credentials for *_, credentials in seen.asked] == [CREDENTIALS, None, None]


async def test_what_twilio_names_is_asked_for_where_its_api_is_for_us() -> None:
    for url in (URL, f"http://127.0.0.1:8000{PATH}"):
        seen = Seen(answer(b"x"))
        assert await seen.fetch(url, "http://127.0.0.1:8000") == b"x"
        assert seen.asked == [("127.0.0.1", "127.0.0.1:8000", CREDENTIALS)]


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"http://api.twilio.com{PATH}",
        f"https://api.twilio.com.evil.example{PATH}",
        f"https://api.twilio.com@evil.example{PATH}",
        f"https://evil.example{PATH}",
        f"https://api.twilio.com:8443{PATH}",
        f"https://API.twilio.com{PATH}",
        f"https://api.twilio.com\\@evil.example{PATH}",
        f"https://api.twilio.com/..{PATH}",
        f"{URL}/../../../Messages.json",
        f"{URL}?x=1",
        f"{URL}#x",
        f"{URL}.json",
        f"{URL}\n",
        f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json",
        URL.replace(SID, "AC" + "f" * 32),
        "https://169.254.169.254/latest/meta-data/",
        f"https://127.0.0.1{PATH}",
        f"https://[::1]{PATH}",
        f"https://2130706433{PATH}",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        f"ftp://api.twilio.com{PATH}",
    ],
)
async def test_an_address_of_anything_else_is_not_asked(url: str) -> None:
    seen = Seen()
    with pytest.raises(MediaForbidden):
        await seen.fetch(url)
    assert seen.asked == []


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/2010-04-01/Accounts.json",
        "http://mms.twiliocdn.com/AC/one",
        "https://mms.twiliocdn.com:8443/AC/one",
        "https://twiliocdn.com.evil.example/one",
        "https://eviltwiliocdn.com/one",
        "https://mms.twiliocdn.com@evil.example/one",
        "https://user:password@mms.twiliocdn.com/one",
        "https://evil.example\\.twiliocdn.com/one",
        "https://evil.example#.twiliocdn.com/one",
        "https://s3-external-1.amazonaws.com/another-bucket/one",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/../another-bucket/one",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:5432/",
        "https://localhost/one",
        "file:///etc/passwd",
        "gopher://mms.twiliocdn.com/one",
        "https://[::ffff:169.254.169.254]/one",
        "https://",
        "x" * 100_000,
    ],
)
async def test_being_sent_elsewhere_ends_there(location: str) -> None:
    seen = Seen(moved(location))
    with pytest.raises(MediaForbidden):
        await seen.fetch()
    assert len(seen.asked) == 1


async def test_being_sent_on_and_on_ends() -> None:
    seen = Seen(*[moved(STORAGE)] * 9)
    with pytest.raises(MediaForbidden):
        await seen.fetch()
    assert len(seen.asked) == 3


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.0.0.8",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "198.18.0.1",
        ),
        *("::1", "fd00::1", "fe80::1%eth0", "::ffff:127.0.0.1", "::ffff:8.8.8.8"),
    ],
)
async def test_a_name_that_leads_into_a_private_network_is_not_followed(address: str) -> None:
    for host, answers, asked in (("api.twilio.com", [], 0), ("mms.twiliocdn.com", [moved(STORAGE)], 1)):
        seen = Seen(*answers, addresses={host: [address]})
        with pytest.raises(MediaForbidden):
            await seen.fetch()
        assert len(seen.asked) == asked


async def test_of_several_addresses_a_public_one_is_asked_by_its_number() -> None:
    seen = Seen(answer(b"x"), addresses={"api.twilio.com": ["10.0.0.8", "8.8.8.8"]})
    assert await seen.fetch() == b"x"
    assert seen.asked == [("8.8.8.8", "api.twilio.com", CREDENTIALS)]


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65_536


async def _dripping() -> AsyncIterator[bytes]:
    while True:
        yield b"x"
        await asyncio.sleep(0.01)


async def test_an_endless_body_is_given_up_at_the_limit() -> None:
    with pytest.raises(MediaTooLarge):
        await Seen(httpx2.Response(200, content=_endless())).fetch()
    with pytest.raises(MediaTooLarge):
        await Seen(answer(b"x" * (media.MOST_BYTES + 1))).fetch()
    assert len(await Seen(answer(b"x" * media.MOST_BYTES)).fetch()) == media.MOST_BYTES


async def test_a_body_that_drips_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MOST_SECONDS", 0.1)
    with pytest.raises(MediaAway):
        await Seen(httpx2.Response(200, content=_dripping())).fetch()


async def test_what_is_packed_is_taken_as_it_comes() -> None:
    packed = answer(b"\x1f\x8bnot unpacked", Content_Encoding="gzip")
    assert await Seen(packed).fetch() == b"\x1f\x8bnot unpacked"


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (httpx2.Response(404), MediaGone),
        (httpx2.Response(410), MediaGone),
        (httpx2.Response(401), MediaAway),
        (httpx2.Response(429), MediaAway),
        (httpx2.Response(503), MediaAway),
        (httpx2.Response(206), MediaAway),
        (httpx2.ConnectError("nobody is there"), MediaAway),
        (httpx2.ReadTimeout("no answer"), MediaAway),
    ],
)
async def test_other_answers_say_whether_another_try_may_help(
    told: httpx2.Response | Exception, error: type[MediaError]
) -> None:
    with pytest.raises(error):
        await Seen(told).fetch()
