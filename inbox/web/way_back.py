"""Where a browser goes after signing in or from a problem page: always a path on our own host."""

import re
from urllib.parse import quote, urlsplit

from starlette.requests import HTTPConnection, Request

from inbox.config import Settings

HOME = "/inbox"
_MOST_CHARACTERS = 2000

# Browsers read "//host" and "/\host" as another host, and drop tabs and line breaks before they look.
_PLAIN_PATH = re.compile(r"/[^\\\x00-\x20\x7f-\xa0\u2028\u2029]*")
_NO_PLACE_TO_RETURN = ("/login", "/logout")


def checked(text: str) -> str:
    """`text` when it is a path (with query) on this host, else the inbox."""
    path = text.partition("?")[0].partition("#")[0]
    if len(text) > _MOST_CHARACTERS or not _PLAIN_PATH.fullmatch(text) or "//" in path:
        return HOME
    return HOME if path.startswith(_NO_PLACE_TO_RETURN) else text


def to_login(request: Request, settings: Settings) -> str:
    """The sign-in page's address, which leads back to the page that the person looks at."""
    return with_next("/login", page_wanted(request, settings))


def with_next(address: str, onward: str) -> str:
    """An address of ours that leads on to `onward`."""
    return f"{address}?next={quote(onward, safe='/')}"


def page_wanted(request: Request, settings: Settings) -> str:
    """Path and query of the page that a request asks for; of the one it came from when it asks for no page."""
    if request.method in {"GET", "HEAD"} and "HX-Request" not in request.headers:
        return checked(_asked_for(request))
    return page_behind(request, settings)


def page_behind(connection: HTTPConnection, settings: Settings) -> str:
    """Path and query of the page of ours that a request came from; the inbox when no header tells."""
    for name in ("HX-Current-URL", "Referer"):
        origin, place = _origin_and_place(connection.headers.get(name, ""))
        if origin in settings.origins:
            return checked(place)
    return HOME


def _asked_for(request: Request) -> str:
    path, query = quote(request.scope["path"]), request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _origin_and_place(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return f"{parts.scheme}://{parts.netloc}", f"{parts.path}?{parts.query}" if parts.query else parts.path
