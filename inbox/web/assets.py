"""Static files: styles and scripts joined at start under a name that changes with their content."""

import gzip
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from inbox.errors import NotFound

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
_COMMENT = re.compile(rb"^[ \t]*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_SET_IN = re.compile(rb"^[ \t]+", re.MULTILINE)
FOR_EVER = "public, max-age=31536000, immutable"

# The order matters: extensions need htmx, our files need all three.
VENDOR = ("htmx-*.min.js", "idiomorph-*.min.js", "htmx-ext-ws-*.min.js")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A joined file, plain and compressed once, and the address that names its content."""

    address: str
    media_type: str
    plain: bytes
    zipped: bytes


class Assets:
    """The application's bundles and single files; `address("app.css")` gives what templates link to."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._bundles = {
            "app.css": _bundle("app", "css", "text/css", sorted((folder / "css").glob("*.css"))),
            "app.js": _bundle("app", "js", "text/javascript", [*_vendor(folder), *_scripts(folder)]),
            # For widgets in pages of other systems: what they load, and what its frame loads beside the rest.
            "embed.js": _bundle("embed", "js", "text/javascript", [folder / "embed/element.js"]),
            "frame.js": _bundle("frame", "js", "text/javascript", sorted(folder.glob("embed/frame-*.js"))),
        }
        self._by_address = {bundle.address: bundle for bundle in self._bundles.values()}
        self.files = StaticFiles(directory=folder)

    def address(self, name: str) -> str:
        """The path of a bundle, or of a single file below static/."""
        bundle = self._bundles.get(name)
        return bundle.address if bundle else f"/static/{name}"

    @property
    def build(self) -> str:
        """A short mark of everything a page loads; a tab with another one is out of date."""
        return sha256("".join(sorted(self._by_address)).encode()).hexdigest()[:8]

    @property
    def names(self) -> list[str]:
        """What the addresses of bundles begin with."""
        return sorted({name.partition(".")[0] for name in self._bundles})

    def plain(self, name: str) -> bytes:
        """The content of a bundle."""
        return self._bundles[name].plain

    async def bundle(self, request: Request) -> Response:
        """Serve a joined file; its name changes with its content, so it may be kept for ever.

        During a deploy a page of another build may ask here: ours is the nearest there is, for this once.
        """
        named = self._by_address.get(request.scope["path"])
        name = request.scope["path"].removeprefix("/static/").partition(".")[0]
        bundle = named or self._bundles.get(f"{name}.{request.path_params['kind']}")
        if bundle is None:
            raise NotFound
        zips = "gzip" in request.headers.get("Accept-Encoding", "")
        headers = {"Cache-Control": FOR_EVER if named else "no-store", "Vary": "Accept-Encoding"}
        if zips:
            headers["Content-Encoding"] = "gzip"
        return Response(bundle.zipped if zips else bundle.plain, media_type=bundle.media_type, headers=headers)


def _vendor(folder: Path) -> list[Path]:
    return [path for pattern in VENDOR for path in sorted((folder / "vendor").glob(pattern))]


def _scripts(folder: Path) -> list[Path]:
    return sorted((folder / "js").glob("*.js"))


def _lean(content: bytes) -> bytes:
    """Without what only people read: comments on lines of their own, and what lines are set in by."""
    if content.startswith(b"/*!"):
        return content  # a licence stays with its file
    return _SET_IN.sub(b"", _COMMENT.sub(b"", content))


def _bundle(stem: str, kind: str, media_type: str, paths: list[Path]) -> Bundle:
    joint = b"\n;\n" if kind == "js" else b"\n"
    plain = joint.join(_lean(path.read_bytes()) for path in paths)
    address = f"/static/{stem}.{sha256(plain).hexdigest()[:8]}.{kind}"
    return Bundle(address, media_type, plain, gzip.compress(plain, mtime=0))
