"""What somebody typed into a search box: words that all have to be there, "phrases in quotes", parts of a number.

A conversation is found by the candidate's name, the number and every text of it together, a candidate by name, e-mail
and number. Words are those of `words.py`, on both databases and in Python. The last word may be unfinished; a word
with punctuation in it, and a word of a script without blanks, is a phrase.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import and_, false, or_
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage.search_documents import GRAM, SHORTEST
from inbox.storage.search_index import All, Either, Question, Word, holds
from inbox.storage.words import words

HasDigits: TypeAlias = Callable[[str], ColumnElement[bool]]
"""The condition that a number has these digits in it."""

_PIECE = re.compile(r'"(?P<quoted>[^"]*)(?P<closed>"?)|(?P<plain>[^\s"]+)')
_OF_NUMBER = re.compile(r"[+(]*\d[\d()./-]*")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side in one text or in the name; of the last one, with `is_prefix`, the beginning."""

    words: tuple[str, ...]
    is_prefix: bool = False

    def condition(self, text: ColumnElement[str], number: HasDigits) -> ColumnElement[bool]:
        """As SQL on a document's words and the number that belongs to it."""
        return holds(text, f" {' '.join(self.words)}{'' if self.is_prefix else ' '}")

    def question(self) -> Question:
        """What the index can say of it: whether all the words are there."""
        *whole, last = self.words
        return All([*map(Word, whole), Word(last, self.is_prefix)])


@dataclass(frozen=True, slots=True)
class Number:
    """Digits that are part of the candidate's number, or words of a text as they were typed."""

    digits: str
    typed: tuple[Phrase, ...]

    def condition(self, text: ColumnElement[str], number: HasDigits) -> ColumnElement[bool]:
        """As SQL on a document's words and the number that belongs to it."""
        return or_(number(self.digits), and_(*(phrase.condition(text, number) for phrase in self.typed)))

    def question(self) -> Question:
        """What the index can say of it."""
        starts = range(max(1, len(self.digits) - GRAM + 1))
        runs = [Word(f"№{self.digits[at : at + GRAM]}", len(self.digits) < GRAM) for at in starts]
        return Either([All(runs), All([phrase.question() for phrase in self.typed])])


Term: TypeAlias = Phrase | Number


def terms(q: str) -> tuple[Term, ...]:
    """What all has to be there; nothing at all when `q` has no word in it, and then nothing is found."""
    pieces = list(_pieces(q))
    if pieces and not pieces[-1][1]:
        phrase = pieces[-1][0]
        pieces[-1] = (Phrase(phrase.words, is_prefix=True), *pieces[-1][1:])
    found: list[Term] = []
    while pieces:
        count = next((at for at, piece in enumerate(pieces) if not piece[2]), len(pieces))
        run, pieces = pieces[: max(1, count)], pieces[max(1, count) :]
        phrases = tuple(phrase for phrase, _, _ in run)
        digits = "".join("".join(phrase.words) for phrase in phrases).lstrip("0")
        is_number = run[0][2] and digits.isdecimal() and len(digits) >= SHORTEST
        found.extend([Number(digits, phrases)] if is_number else phrases)
    return tuple(found)


def condition(q: str, text: ColumnElement[str], number: HasDigits) -> ColumnElement[bool]:
    """Whether what has these words and this number is found, as SQL."""
    asked = terms(q)
    return and_(*(term.condition(text, number) for term in asked)) if asked else false()


def questions(q: str) -> list[Question]:
    """What the index can say: everything that is found answers all of them."""
    return [term.question() for term in terms(q)]


def _pieces(q: str) -> Iterator[tuple[Phrase, bool, bool]]:
    """Phrases; whether each was closed by a quote; and whether it may be part of a number."""
    for piece in _PIECE.finditer(q):
        typed = piece["plain"] if piece["plain"] is not None else piece["quoted"]
        found = tuple(words(typed))
        if found:
            is_plain = piece["plain"] is not None
            yield Phrase(found), bool(piece["closed"]), is_plain and _OF_NUMBER.fullmatch(typed) is not None
