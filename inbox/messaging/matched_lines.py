"""The line of a conversation in which a search found its words, with these marked."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select

from inbox.storage import search_terms
from inbox.storage.database import Tenant
from inbox.storage.search_terms import Number, Phrase
from inbox.storage.tables import messages
from inbox.storage.words import pieces

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
        best = max(texts, key=lambda row: _number_found(row.body, phrases))
        marked = _marked(best.body, phrases)
        if marked:
            lines[conversation_id] = Line(best.id, best.author, tuple(_cut(best.body, marked)))
    return lines


def _phrases(q: str) -> Iterator[Phrase]:
    for way in search_terms.alternatives(q):
        for term in way:
            if isinstance(term, Phrase):
                yield term
            elif isinstance(term, Number):
                yield from term.typed


def _number_found(body: str, phrases: Sequence[Phrase]) -> int:
    return sum(bool(_marked(body, [phrase])) for phrase in phrases)


def _marked(body: str, phrases: Sequence[Phrase]) -> list[tuple[int, int]]:
    """Where in `body` words of these phrases stand, from and to, in their order."""
    found = pieces(body)
    spans: set[tuple[int, int]] = set()
    for phrase in phrases:
        length = len(phrase.words)
        for at in range(len(found) - length + 1):
            run = found[at : at + length]
            if _is(phrase, [word for word, _, _ in run]):
                spans |= {(start, end) for _, start, end in run}
    return sorted(spans)


def _is(phrase: Phrase, run: Sequence[str]) -> bool:
    *whole, last = phrase.words
    return run[:-1] == whole and (run[-1].startswith(last) if phrase.is_prefix else run[-1] == last)


def _cut(body: str, marked: Sequence[tuple[int, int]]) -> Iterator[Piece]:
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
