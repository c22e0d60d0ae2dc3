"""The line of a conversation in which a search found its words, with these marked."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import func, select

from inbox.storage import search_terms
from inbox.storage.database import Tenant
from inbox.storage.search_terms import Number, Phrase
from inbox.storage.tables import messages
from inbox.storage.words import pieces

Span: TypeAlias = tuple[int, int]
"""Where something stands in a text, from and to."""

NEWEST = 100
"""Messages of a conversation that are looked through."""
_BEFORE = 24
"""Characters before the first mark, so that it stands in a line that is cut at its end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line, and whether the search was for it."""

    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A message that holds what was looked for."""

    message_id: str
    author: str | None
    """Who wrote it; None for the candidate."""
    pieces: tuple[Piece, ...]


async def find(tenant: Tenant, q: str, conversation_ids: Collection[str]) -> Mapping[str, Line]:
    """By conversation the message that holds most of what `q` looks for, of equals the newest; none for a mere name."""
    phrases = list(_phrases(q))
    if not phrases or not conversation_ids:
        return {}
    place = func.row_number().over(
        partition_by=messages.c.conversation_id, order_by=(messages.c.at.desc(), messages.c.id.desc())
    )
    ranked = (
        select(messages.c.id, messages.c.conversation_id, messages.c.body, messages.c.author, place.label("place"))
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id.in_(sorted(conversation_ids)),
        )
        .subquery()
    )
    rows = await tenant.fetch_all(
        select(ranked).where(ranked.c.place <= NEWEST).order_by(ranked.c.conversation_id, ranked.c.place)
    )
    lines = {}
    for conversation_id, texts in groupby(rows, lambda row: str(row.conversation_id)):
        best, places = _best(texts, phrases)
        if places:
            marked = sorted(set().union(*places))
            lines[conversation_id] = Line(best.id, best.author, tuple(_cut(best.body, marked)))
    return lines


def _best(texts: Iterator[Any], phrases: Sequence[Phrase]) -> tuple[Any, list[set[Span]]]:
    """Of the texts, newest first, the first that holds most of the phrases, and where it holds each of them."""
    best, most = None, list[set[Span]]()
    for text in texts:
        found = pieces(text.body)
        places = [spans for phrase in phrases if (spans := _spans(found, phrase))]
        if len(places) > len(most):
            best, most = text, places
        if len(most) == len(phrases):
            break
    return best, most


def _phrases(q: str) -> Iterator[Phrase]:
    for way in search_terms.alternatives(q):
        for term in way:
            if isinstance(term, Phrase):
                yield term
            elif isinstance(term, Number):
                yield from term.typed


def _spans(found: Sequence[tuple[str, int, int]], phrase: Phrase) -> set[Span]:
    """Where words of the phrase stand, of a text in pieces."""
    spans: set[Span] = set()
    length = len(phrase.words)
    for at in range(len(found) - length + 1):
        run = found[at : at + length]
        if _is(phrase, [word for word, _, _ in run]):
            spans |= {(start, end) for _, start, end in run}
    return spans


def _is(phrase: Phrase, run: Sequence[str]) -> bool:
    *whole, last = phrase.words
    return run[:-1] == whole and (run[-1].startswith(last) if phrase.is_prefix else run[-1] == last)


def _cut(body: str, marked: Sequence[Span]) -> Iterator[Piece]:
    begin = _beginning(body, marked[0][0])
    if begin:
        yield Piece("…", is_marked=False)
    for start, end in marked:
        if start > begin:
            yield Piece(body[begin:start], is_marked=False)
        yield Piece(body[start:end], is_marked=True)
        begin = end
    if begin < len(body):
        yield Piece(body[begin:], is_marked=False)


def _beginning(body: str, mark: int) -> int:
    """Where the line begins: with the text, else with a word not far before the first mark."""
    if mark <= _BEFORE:
        return 0
    blank = body.rfind(" ", 0, mark - _BEFORE)
    return max(blank + 1, mark - 2 * _BEFORE)
