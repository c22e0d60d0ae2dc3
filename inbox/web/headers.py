"""Headers on every answer that tell the browser what our pages never do."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inbox.config import Settings

_YEAR_SECONDS = 365 * 24 * 3600
_UNUSED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")


class SecurityHeaders:
    """Adds the headers to every HTTP answer, of errors too.

    A handler may set its own Content-Security-Policy, and what it says to be private a browser may keep. Nothing else
    outside of /static is stored by a browser or a proxy, and of neither an error is.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._policy = content_security_policy(settings)
        always = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
        }
        if settings.secure_cookies:
            always["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
        # As they go over the wire: to set them one by one on each answer takes longer than all else done here.
        self._always = [(name.lower().encode(), value.encode()) for name, value in always.items()]
        self._names = {name for name, _ in self._always}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    one for one in message["headers"] if one[0].lower() not in self._names
                ] + self._always
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self._policy)
                may_stay = scope["path"].startswith("/static/") or headers.get("Cache-Control", "").startswith(
                    "private,"
                )
                if message["status"] >= 400 or not may_stay:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


def content_security_policy(settings: Settings) -> str:
    """Everything from this host, nothing inline. Older Safari does not count our socket as 'self'."""
    parts = urlsplit(settings.public_url)
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"connect-src 'self' {socket}",
            "img-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
