"""Where embeds have a host name of their own: nothing else is there, and they are nowhere else."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from inbox.config import Settings
from inbox.errors import NotFound
from inbox.web.access import EMBEDS

_WITH_THEM = (EMBEDS, "/static/")
_ANYWHERE = "/healthz"


class OwnHost:
    """Answers 404 to what is asked of the wrong host, and takes the cookies from what is asked of embeds.

    A frame in another system's page then shares its origin with nothing: no storage, no cookie, no page of ours.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._host = urlsplit(settings.embed_url).netloc.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        is_theirs = bool(self._host) and Headers(scope=scope).get("Host", "").lower() == self._host
        if self._host and path != _ANYWHERE and self._is_misplaced(path, is_theirs=is_theirs):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close"})
                return
            raise NotFound
        if is_theirs or path.startswith(EMBEDS):
            scope = {**scope, "headers": [one for one in scope["headers"] if one[0] != b"cookie"]}
        await self._app(scope, receive, send)

    @staticmethod
    def _is_misplaced(path: str, *, is_theirs: bool) -> bool:
        return not path.startswith(_WITH_THEM) if is_theirs else path.startswith(EMBEDS)
