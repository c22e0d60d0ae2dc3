"""The words of a text: cut by us, so that PostgreSQL, SQLite and Python can never disagree on what a word is."""

import re
import unicodedata
from itertools import groupby

LONGEST = 40
"""Characters of a word that count; what follows them is cut in texts and in searches alike."""

_PLAIN = re.compile(r"[a-z0-9]+")
# Accents, and what only says how the character before it is drawn.
_ACCENTS = re.compile("[\u0300-\u036f\u200d\ufe00-\ufe0f]")
# Letters that carry their stroke within, which no decomposition takes off.
_STROKES = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"})
# A letter or digit with the marks that Indian and Semitic scripts put on it, or a symbol such as an emoji.
_MARKS = ("Mn", "Mc", "Me")
# Scripts that write no blanks between words: each character stands for itself.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u312f\u31a0-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
)

# A character that stands for itself, a run without blanks and plain punctuation, or a sign.
_PIECE = re.compile(rf"{_UNSPACED.pattern}|(?:(?!{_UNSPACED.pattern})(?:\w|[^\x00-\x7f\s]))+|\S")


def words(text: str) -> list[str]:
    """The words of `text` in their order: without case, accents and punctuation; an emoji is a word of its own.

    Of scripts without blanks (Chinese, Japanese, Thai and others) each character is a word.
    """
    if text.isascii():
        return [word[:LONGEST] for word in _PLAIN.findall(text.lower())]
    folded = _folded(text)
    return [word[:LONGEST] for kind, run in groupby(folded, _kind) for word in _cut(kind, "".join(run))]


def pieces(text: str) -> list[tuple[str, int, int]]:
    """The words of `text` with the place each has in it, from and to; all words of one piece have the place of it."""
    found = []
    for piece in _PIECE.finditer(text):
        found += [(word, piece.start(), piece.end()) for word in words(piece[0])]
    return found


def _folded(text: str) -> str:
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()))
    return unicodedata.normalize("NFC", bare.translate(_STROKES))


def _kind(character: str) -> str:
    if _UNSPACED.match(character):
        return "alone"
    category = unicodedata.category(character)
    if category[0] in "LN" or category in _MARKS:
        return "word"
    return "alone" if category == "So" else "between"


def _cut(kind: str, run: str) -> list[str]:
    if kind == "between":
        return []
    return [run] if kind == "word" else [letter for letter in run if unicodedata.category(letter) not in _MARKS]
