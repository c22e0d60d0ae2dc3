"""A small application with the real middleware, sign-in and problem pages, and browsers to visit it with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from inbox import rendering
from inbox.accounts.sessions import hash_of
from inbox.config import Settings
from inbox.storage.database import Database
from inbox.web import csrf, middleware, problems, sessions
from inbox.web.assets import Assets

ORIGIN = "https://inbox.example.com"
ASSETS = Assets()
SECRET_KEY = "a secret key of thirty-two letters"


def settings(public_url: str = ORIGIN) -> Settings:
    """Settings of a deployment under `public_url`."""
    return Settings(
        database_url="sqlite:///unused.db",
        redis_url="memory://",
        public_url=public_url,
        host="127.0.0.1",
        port=8000,
        twilio_api_url="https://api.twilio.com",
        log_format="text",
        secret_key=SECRET_KEY,
        vault_keys=(),
        metrics_token="",
    )


@dataclass
class Dismissals:
    """In the hub's place: remembers whose sockets were to be closed."""

    keys: list[str] = field(default_factory=list)

    def dismiss(self, key: str) -> None:
        self.keys.append(key)


@dataclass
class Site:
    """The application, what its `write` route was given, and whose sockets it closed."""

    app: Starlette
    written: list[dict[str, str]]
    hub: Dismissals

    def browser(self, *, address: str = "203.0.113.7", **headers: str) -> httpx2.AsyncClient:
        """A client that keeps cookies, at an IP address; it sends no header that was not asked for."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app, client=(address, 50_000)),
            base_url=self.app.state.settings.public_url,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    def token(self, cookie: str) -> str:
        """The CSRF token of the session with this cookie."""
        return csrf.of_session(SECRET_KEY, hash_of(cookie))


def site(database: Database, *, public_url: str = ORIGIN, more: Sequence[BaseRoute] = ()) -> Site:
    """The application over a database, with the routes of signing in, `/write`, `/hooks/x` and `more`."""
    rendering.set_global("asset", ASSETS.address)
    written: list[dict[str, str]] = []

    async def write(request: Request) -> Response:
        posted: dict[str, Any] = dict(await request.form())
        written.append(posted)
        return PlainTextResponse("written")

    chosen = settings(public_url)
    app = Starlette(
        routes=[
            Route("/", sessions.home),
            Route("/login", sessions.show, methods=["GET"]),
            Route("/login", sessions.sign_in, methods=["POST"]),
            Route("/logout", sessions.sign_out, methods=["POST"]),
            Route("/logout/everywhere", sessions.sign_out_everywhere, methods=["POST"]),
            Route("/write", write, methods=["POST", "PUT", "PATCH", "DELETE"]),
            Route("/hooks/x", write, methods=["POST"]),
            *more,
        ],
        middleware=middleware.middleware(chosen),
        exception_handlers=problems.exception_handlers(),
    )
    hub = Dismissals()
    app.state.settings, app.state.database, app.state.hub = chosen, database, hub
    return Site(app, written, hub)
