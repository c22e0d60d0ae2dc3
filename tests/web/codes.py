"""An authenticator app: it makes codes of a secret by itself, as RFC 6238 says."""

import hashlib
import hmac
import struct
import time
from base64 import b32decode

import httpx2

from inbox.accounts.users import User
from tests.people import PASSWORD
from tests.web.house import House, shown

SET_UP = "/account/second-factor"


def code(secret: str, *, steps: int = 0, at: float | None = None) -> str:
    """What the app shows now, or so many steps of 30 s from now."""
    step = int((time.time() if at is None else at) // 30) + steps
    digest = hmac.new(b32decode(secret.replace(" ", "")), struct.pack(">Q", step), hashlib.sha1).digest()
    where = digest[-1] & 15
    return f"{(int.from_bytes(digest[where : where + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def next_code(secret: str) -> str:
    """What it shows next, which counts already: so a test may use two in a row, and time may pass between them."""
    return code(secret, steps=1)


async def set_up(browser: httpx2.AsyncClient) -> tuple[str, list[str]]:
    """Set up the app in a signed-in browser; its secret and the recovery codes. The present code is used."""
    assert (await browser.post(SET_UP)).status_code == 303
    secret = shown(await browser.get(SET_UP)).by_id("secret").words  # type: ignore[union-attr]
    done = await browser.post(f"{SET_UP}/confirm", data={"code": code(secret)})
    return secret, [one.words for one in shown(done) if one.tag == "code"]


async def with_password(house: House, user: User) -> httpx2.AsyncClient:
    """A browser in which the password was shown."""
    browser = await house.browser(Origin="https://inbox.example.com")
    answer = await browser.post("/login", data={"email": user.email, "password": PASSWORD, "next": "/inbox?tab=shared"})
    assert answer.status_code == 303, answer.text
    return browser
