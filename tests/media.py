"""Pictures and files as candidates send them, good and bad, made in memory."""

import struct
import zlib
from collections.abc import AsyncIterator
from io import BytesIO

import httpx2
from PIL import Image

PDF = b"%PDF-1.7\n%a document"
VCARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Maya\r\nEND:VCARD\r\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


def jpeg(width: int = 640, height: int = 480, colour: str = "teal", **options: object) -> bytes:
    """A picture of one colour."""
    return picture("JPEG", width, height, colour, **options)


def picture(kind: str, width: int = 640, height: int = 480, colour: str = "teal", **options: object) -> bytes:
    """The same in any format that Pillow writes."""
    written = BytesIO()
    mode = "RGBA" if kind in ("PNG", "WEBP") else "RGB"
    Image.new(mode, (width, height), colour).save(written, kind, **options)  # type: ignore[arg-type]
    return written.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of some hundred bytes that says it has billions of pixels."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 1_000))
        + _chunk(b"IEND", b"")
    )


def polyglot() -> bytes:
    """A JPEG that is a page with a script as well, in its comment and behind its end."""
    return jpeg(comment=HTML) + HTML


def answer(content: bytes, status: int = 200, **headers: str) -> httpx2.Response:
    """What a server sends, as it comes over a line."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return httpx2.Response(
        status, headers={name.replace("_", "-"): value for name, value in headers.items()}, content=pieces()
    )


def opened(content: bytes) -> Image.Image:
    """The picture that is in these bytes."""
    return Image.open(BytesIO(content))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
