"""What a browser makes of the small site: forms, cookies, being signed in."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import Morsel, SimpleCookie

import httpx2

from inbox.accounts import sign_ins
from inbox.storage.database import Tenant
from tests.people import PASSWORD
from tests.web.site import ORIGIN, Site

SESSION = "__Host-session"
PAIR = {"email": "jo@acme.test", "password": PASSWORD}


@asynccontextmanager
async def signed_in(acme: Site) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in which Jo has signed in."""
    async with acme.browser(Origin=ORIGIN) as client:
        answer = await client.post("/login", data=PAIR)
        assert answer.status_code == 303
        yield client


async def is_in(tenant: Tenant, cookie: str | None) -> bool:
    """Whether a session's cookie still opens anything."""
    return cookie is not None and await sign_ins.find(tenant.database, cookie) is not None


def field(answer: httpx2.Response, name: str) -> str:
    """What the form has in this field."""
    tag = re.search(rf'<input[^>]* name="{name}"[^>]*>', answer.text)
    assert tag is not None
    value = re.search(r'value="([^"]*)"', tag[0])
    return html.unescape(value[1]) if value else ""


def given_cookies(answer: httpx2.Response) -> dict[str, Morsel[str]]:
    """The cookies that an answer sets."""
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("Set-Cookie"):
        jar.load(line)
    return dict(jar)
