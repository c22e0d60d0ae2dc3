"""Headers on every answer that tell the browser what our pages never do."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inbox.config import Settings

_YEAR_SECONDS = 365 * 24 * 3600
_ELSEWHERE = ("/embed/", "/static/embed.")
"""What pages of other systems may load: the widget's script and its frame."""
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
        self._elsewhere = [
            (name, b"cross-origin" if name == b"cross-origin-resource-policy" else value)
            for name, value in self._always
        ]
        self._names = {name for name, _ in self._always}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                always = self._elsewhere if scope["path"].startswith(_ELSEWHERE) else self._always
                message["headers"] = [one for one in message["headers"] if one[0].lower() not in self._names] + always
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self._policy)
                may_stay = scope["path"].startswith("/static/") or headers.get("Cache-Control", "").startswith(
                    "private,"
                )
                if message["status"] >= 400 or not may_stay:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


def widget_policy(settings: Settings, ancestors: Sequence[str]) -> str:
    """The same for the widget's frame, which stands in pages of these origins alone.

    Its pictures are fetched by scripts, as no header goes with the request of an <img>.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"connect-src 'self' {_socket(settings.embeds_at)}",
            "img-src blob:",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors " + (" ".join(ancestors) or "'none'"),
        )
    )


def _socket(url: str) -> str:
    parts = urlsplit(url)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"


def content_security_policy(settings: Settings) -> str:
    """Everything from this host, nothing inline. Older Safari does not count our socket as 'self'."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"connect-src 'self' {_socket(settings.public_url)}",
            "img-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
