"""The sandbox as an ASGI app: Twilio's paths, the JSON control and the phones page."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from providers.sandbox import control, pages, rest
from providers.sandbox.sandbox import Sandbox


class _NoForeignPages:
    """Refuses what another site's page asks a browser to do here: the sandbox has no login to protect it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_foreign = scope["type"] == "http" and scope["method"] != "GET" and _comes_from_elsewhere(scope)
        app = PlainTextResponse("Another site may not do this.", 403) if is_foreign else self._app
        await app(scope, receive, send)


def create_app(sandbox: Sandbox) -> Starlette:
    """Serve the sandbox, alone or mounted at the root of another app; its maker calls `sandbox.aclose()`."""
    routes = [*rest.routes(sandbox), *control.routes(sandbox), *pages.routes(sandbox)]
    return Starlette(routes=routes, middleware=[Middleware(_NoForeignPages)])


def _comes_from_elsewhere(scope: Scope) -> bool:
    return any(name == b"sec-fetch-site" and value == b"cross-site" for name, value in scope["headers"])
