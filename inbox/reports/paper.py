"""Draws a transcript as a PDF: `python -m inbox.reports.paper` reads its lines from standard input and writes the file.

In a process of its own: a long thread takes seconds of pure Python, in which a web process would answer nobody, and no
web process has to keep the library in memory. Lines are JSON, see `Line`.
"""

import json
import sys
import unicodedata
from collections.abc import Container, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from fpdf import FPDF
from fpdf.fonts import TTFFont

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
_SIZES = {"title": 16.0, "day": 11.0, "fact": 9.0, "meta": 8.0, "text": 10.0}
_BEFORE = {"title": 0.0, "day": 5.0, "fact": 0.5, "meta": 2.5, "text": 0.5}
"""Millimetres above a line."""
_GRAY = 90
# What makes or joins the sign before it, and is nothing by itself.
_JOINERS = {"\u200d", "\ufe0e", "\ufe0f", "\u20e3", *map(chr, range(0x1F3FB, 0x1F400))}


class Line(TypedDict):
    """A line of the paper: "title", "fact", "day", "meta" (who and when) or "text"."""

    kind: str
    words: str


class Transcript(TypedDict):
    """What is drawn: in which language, and when it was made (ISO 8601), which the file says of itself."""

    language: str
    made_at: str
    lines: Sequence[Line]


class Paper(FPDF):
    """A4 with the number of each page."""

    def footer(self) -> None:
        """Called by the library at the end of a page."""
        self.set_y(-12)
        self.set_font("dejavu", size=8)
        self.set_text_color(_GRAY)
        self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="R")


def draw(transcript: Transcript) -> bytes:
    """The file."""
    paper = Paper(format="A4")
    paper.set_margin(18)
    paper.set_auto_page_break(True, 18)
    paper.add_font("dejavu", fname=FONT)
    paper.set_font("dejavu")
    paper.set_lang(transcript["language"])
    paper.set_creation_date(datetime.fromisoformat(transcript["made_at"]))
    paper.set_title(transcript["lines"][0]["words"])
    paper.add_page()
    font = paper.fonts["dejavu"]
    drawable: Container[int] = font.cmap if isinstance(font, TTFFont) else ()
    for line in transcript["lines"]:
        kind = line["kind"]
        paper.set_font("dejavu", size=_SIZES[kind])
        paper.set_text_color(_GRAY if kind in ("meta", "fact") else 0)
        paper.set_y(paper.get_y() + _BEFORE[kind])
        paper.multi_cell(
            0, _SIZES[kind] * 0.5, drawn(line["words"], drawable), align="L", new_x="LMARGIN", new_y="NEXT"
        )
    return bytes(paper.output())


def drawn(words: str, drawable: Container[int]) -> str:
    """The words, with a picture that the font lacks by its name, "[waving hand sign]", and a letter as a square."""
    return "".join(_sign(sign, drawable) for sign in words if sign not in _JOINERS)


def _sign(sign: str, drawable: Container[int]) -> str:
    # Nothing here joins letters or turns them around, and in the wrong order they would say something else.
    runs_back = unicodedata.bidirectional(sign) in ("R", "AL")
    if sign == "\n" or (ord(sign) in drawable and not runs_back):
        return sign
    category = unicodedata.category(sign)
    if category.startswith("C"):
        return ""
    name = unicodedata.name(sign, "").lower()
    return f"[{name}]" if category == "So" and name else "\N{WHITE SQUARE}"


def main(told: BinaryIO = sys.stdin.buffer, written: BinaryIO = sys.stdout.buffer) -> None:
    """Draw what is on standard input."""
    written.write(draw(json.loads(told.read())))


if __name__ == "__main__":
    main()
