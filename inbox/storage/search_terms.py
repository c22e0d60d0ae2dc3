"""What somebody typed into a search box: words that all have to be there, "phrases in quotes", parts of a number.

OR stands between two things that are each enough, whatever stands on its sides; NOT before what must not be there.
Both are written in capitals, as AND is, which may be left out.

A conversation is found by the candidate's name, the number and every text of it together, a candidate by name, e-mail
and number. Words are those of `words.py`, on both databases and in Python. The last word may be unfinished; a word
with punctuation in it, and a word of a script without blanks, is a phrase.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sqlalchemy import and_, false, not_, or_
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage.search_documents import GRAM, SHORTEST
from inbox.storage.search_index import All, Either, Question, Word, holds
from inbox.storage.words import words

HasDigits: TypeAlias = Callable[[str], ColumnElement[bool]]
"""The condition that a number has these digits in it."""

_OR = re.compile(r'"[^"]*"?|(?<!\S)(OR)(?!\S)')
_SIGNS = frozenset({"AND", "NOT"})
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


@dataclass(frozen=True, slots=True)
class Without:
    """What must not be there."""

    term: Phrase | Number

    def condition(self, text: ColumnElement[str], number: HasDigits) -> ColumnElement[bool]:
        """As SQL on a document's words and the number that belongs to it."""
        return not_(self.term.condition(text, number))


Term: TypeAlias = Phrase | Number | Without


def alternatives(q: str) -> list[tuple[Term, ...]]:
    """What all has to be there, once for each way; no way at all when `q` has no word, and then nothing is found."""
    sides, begin = [], 0
    for sign in _OR.finditer(q):
        if sign[1]:
            sides.append(q[begin : sign.start()])
            begin = sign.end()
    found = [_terms(side, is_last=False) for side in sides] + [_terms(q[begin:], is_last=True)]
    return [side for side in found if side]


def condition(q: str, text: ColumnElement[str], number: HasDigits) -> ColumnElement[bool]:
    """Whether what has these words and this number is found, as SQL."""
    ways = [and_(*(term.condition(text, number) for term in way)) for way in alternatives(q)]
    return or_(*ways) if ways else false()


def questions(q: str) -> list[Question]:
    """What the index can say: everything that is found answers all of them. It cannot say what is not there."""
    ways = [[term.question() for term in way if not isinstance(term, Without)] for way in alternatives(q)]
    if not all(ways):
        return []
    return ways[0] if len(ways) == 1 else [Either([All(way) for way in ways])] if ways else []


def _terms(side: str, *, is_last: bool) -> tuple[Term, ...]:
    """What all has to be there; the last word of all that was typed may be unfinished."""
    pieces = list(_pieces(side))
    if is_last and pieces and not pieces[-1].is_closed:
        pieces[-1] = replace(pieces[-1], phrase=Phrase(pieces[-1].phrase.words, is_prefix=True))
    found: list[Term] = []
    while pieces:
        count = 1
        while count < len(pieces) and pieces[count - 1].goes_on_with(pieces[count]):
            count += 1
        run, pieces = pieces[:count], pieces[count:]
        phrases = tuple(piece.phrase for piece in run)
        digits = "".join("".join(phrase.words) for phrase in phrases).lstrip("0")
        is_number = run[0].is_digits and digits.isdecimal() and len(digits) >= SHORTEST
        whole: Sequence[Phrase | Number] = [Number(digits, phrases)] if is_number else phrases
        found.extend([Without(whole[0]), *whole[1:]] if run[0].is_excluded else whole)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word or phrase as it was typed."""

    phrase: Phrase
    is_closed: bool
    """By a quote."""
    is_digits: bool
    """It may be part of a number."""
    is_excluded: bool
    """It stands behind NOT."""

    def goes_on_with(self, other: "_Piece") -> bool:
        """Whether both may be parts of one number."""
        return self.is_digits and other.is_digits and not other.is_excluded


def _pieces(side: str) -> Iterator[_Piece]:
    is_excluded = False
    for piece in _PIECE.finditer(side):
        if piece["plain"] in _SIGNS:
            is_excluded = piece["plain"] == "NOT"
            continue
        typed = piece["plain"] if piece["plain"] is not None else piece["quoted"]
        found = tuple(words(typed))
        if found:
            is_digits = piece["plain"] is not None and _OF_NUMBER.fullmatch(typed) is not None
            yield _Piece(Phrase(found), bool(piece["closed"]), is_digits, is_excluded)
            is_excluded = False
