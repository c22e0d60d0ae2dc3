"""Pictures made anew: what goes in is only read for its pixels, and nothing but pixels comes out."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from inbox.messaging.unfit import Reason, Unfit

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MOST_PIXELS = 40_000_000
"""Of a JPEG, of which no more is decoded than is needed."""
MOST_DECODED = 12_000_000
"""Of all others: they are decoded whole, at up to 16 bytes a pixel (WebP)."""
LONGEST_SIDE = 2048
"""Of what is kept, in pixels."""
THUMBNAIL = (512, 576)
"""The box a thumbnail fits in: twice that of a bubble, for sharp screens."""
SHOWN = (256, 288)
"""The box of a bubble, in CSS pixels."""

_LARGE_PNG = 1_500_000

# Pillow looks at this too, wherever a format tells of more pixels than its head does.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS

# One at a time in a process: more would hold more memory, and the machine has other work.
_maker = ThreadPoolExecutor(1, "pictures")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept, with its thumbnail, both of the same type."""

    content_type: str
    whole: bytes
    thumbnail: bytes
    width: int
    height: int


async def remade(raw: bytes) -> Picture:
    """The picture in `raw`, beside the event loop; raises Unfit."""
    return await asyncio.get_running_loop().run_in_executor(_maker, remake, raw)


def remake(raw: bytes) -> Picture:
    """The picture in `raw` (JPEG, PNG, GIF or WebP), upright, without metadata, of a moving one the first frame.

    Raises Unfit when it is none, damaged, or has too many pixels.
    """
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as opened:
            if opened.width * opened.height > (MOST_PIXELS if opened.format in ("JPEG", "MPO") else MOST_DECODED):
                raise Unfit(Reason.PIXELS)
            opened.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
            ImageOps.exif_transpose(opened, in_place=True)
            pixels = _plain(opened)
    except Unfit:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unfit(Reason.PIXELS) from error
    # Pillow raises whatever its decoders meet: that it cannot be read is all there is to know.
    except Exception as error:
        raise Unfit(Reason.BROKEN) from error
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = pixels.copy()
    small.thumbnail(THUMBNAIL)
    kind, whole = _written(pixels)
    return Picture(f"image/{kind.lower()}", whole, _as(small, kind), pixels.width, pixels.height)


def shown_size(width: int, height: int) -> tuple[int, int]:
    """How large a picture of so many pixels is in a bubble, in CSS pixels: never larger than it is."""
    scale = min(1.0, SHOWN[0] / width, SHOWN[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, in colours that every format takes; what else was told of them would be written too."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    image.load()
    pixels = image if image.mode == mode else image.convert(mode)
    pixels.info.clear()
    return pixels


def _written(pixels: Image.Image) -> tuple[str, bytes]:
    """JPEG, or PNG for what can be seen through, unless that gets large."""
    if pixels.mode == "RGBA":
        whole = _as(pixels, "PNG")
        if len(whole) <= _LARGE_PNG:
            return "PNG", whole
    return "JPEG", _as(pixels, "JPEG")


def _as(pixels: Image.Image, kind: str) -> bytes:
    written = BytesIO()
    if kind == "PNG":
        pixels.save(written, "PNG", optimize=False)
    else:
        if pixels.mode == "RGBA":
            ground = Image.new("RGB", pixels.size, "white")
            ground.paste(pixels, mask=pixels.getchannel("A"))
            pixels = ground
        pixels.save(written, "JPEG", quality=85, optimize=True)
    return written.getvalue()
