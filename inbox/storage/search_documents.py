"""What is searched of a conversation: one document of plain words, and marks by which the index narrows a search.

A document has three texts, of words with blanks between them (that of a candidate has the first two):

* `words`: the candidate's name, then every text that was written; two blanks part one from the next.
* `marks`: every run of five digits of the number, the days on which something was written, the candidate's tags and
  the words of the job.
* `recency`: the hour of the last text, which is the place in the list.

Days and hours are marked at several levels, each four times as wide as the one below, so that any stretch of time is
a handful of marks. Marks begin with signs that no word has.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inbox.storage.words import words

GRAM = 5
"""Digits of a number in one mark; the last marks of a number are shorter."""
SHORTEST = 3
"""Digits that a search for a number needs."""
MOST_LETTERS = 200_000
"""Of one conversation that are searched: PostgreSQL takes no document of more than a million bytes."""

_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_LEVELS = "abcdefghi"


@dataclass(frozen=True, slots=True)
class Document:
    """The document of one conversation, as it is stored."""

    words: str
    marks: str
    recency: str


def document(
    organisation_id: int, name: str | None, number: str, texts: Iterable[tuple[datetime, str]], *, more_marks: str = ""
) -> Document:
    """The document of a conversation with the candidate of this name and number; `texts` with their moments.

    `more_marks` are those of the candidate's tags and job.
    """
    written = list(texts)
    days = dict.fromkeys(day_marks(at) for at, _ in written)
    last = max((at for at, _ in written), default=None)
    return Document(
        words="".join([line(name or number), *(line(text) for _, text in written)]),
        marks="".join([number_marks(number), *days, more_marks]),
        recency=recency(organisation_id, last) if last else "",
    )


def of_candidate(organisation_id: int, name: str | None, email: str | None, numbers: Sequence[str]) -> Document:
    """The document of a candidate, which has no place in time."""
    named = [name] if name else numbers
    return Document(
        words="".join(map(line, [*named, email or ""])),
        marks="".join([f" {organisation_mark(organisation_id)} ", *map(number_marks, numbers)]),
        recency="",
    )


def line(text: str) -> str:
    """A text as a document holds it."""
    found = words(text)
    return f" {' '.join(found)} " if found else ""


def without(held: str, texts: Iterable[str]) -> str:
    """The words of a document in which these texts are not written any more, each once; its name stays."""
    name, *found = held[1:-1].split("  ")
    for plain in (line(text).strip() for text in texts):
        if plain and plain in found:
            found.remove(plain)
    return "".join(f" {one} " for one in (name, *found))


def number_marks(number: str) -> str:
    """The marks of a candidate's number."""
    digits = re.sub(r"\D", "", number)
    return "".join(f" №{digits[start : start + GRAM]}" for start in range(len(digits) - SHORTEST + 1)) + " "


def day_marks(at: datetime) -> str:
    """The marks of the day (UTC) on which something was written, the narrowest first."""
    day = (at - _BEGIN) // _DAY
    return "".join(f" ¤{level}{day >> 2 * place}" for place, level in enumerate(_LEVELS)) + " "


def tag_mark(tag_id: str) -> str:
    """The mark of a tag."""
    return f"†{tag_id.replace('-', '')}"


def tag_marks(tag_id: str) -> str:
    """The same as a document holds it: by itself, so that it can be put in and taken out."""
    return f" {tag_mark(tag_id)} "


def job_mark(word: str) -> str:
    """The mark of one word of the candidate's job."""
    return f"‡{word}"


def job_marks(job: str | None) -> str:
    """The marks of a job, in one piece that can be taken out again."""
    found = dict.fromkeys(words(job or ""))
    return f" {' '.join(map(job_mark, found))} " if found else ""


def narrowest(marks: str) -> str:
    """The mark of the day itself, with its blanks, of those that `day_marks` made."""
    return f" {marks.split(maxsplit=1)[0]} "


def recency(organisation_id: int, at: datetime) -> str:
    """The marks of the hour of the last text."""
    hour = (at - _BEGIN) // _HOUR
    whole = f" {organisation_mark(organisation_id)}"
    return whole + "".join(f"{whole}{level}{hour >> 2 * place}" for place, level in enumerate(_LEVELS)) + " "


def organisation_mark(organisation_id: int) -> str:
    """The mark of every document of an organisation, of its conversations as of its candidates."""
    return f"§{organisation_id}"


def days_between(start: datetime | None, end: datetime) -> list[str]:
    """Marks of which a conversation has one if something was written in [start, end), and hardly any other has."""
    first = 0 if start is None else max(0, (start - _BEGIN) // _DAY)
    return [f"¤{level}{place}" for level, place in _cover(first, (end - _BEGIN) // _DAY)]


def last_between(organisation_id: int, start: datetime, end: datetime) -> list[str]:
    """Marks of which a conversation has one if its last text is of [start, end], and hardly any other has."""
    first = max(0, (start - _BEGIN) // _HOUR)
    whole = organisation_mark(organisation_id)
    return [f"{whole}{level}{place}" for level, place in _cover(first, (end - _BEGIN) // _HOUR)]


def _cover(first: int, last: int) -> Iterator[tuple[str, int]]:
    """The fewest levels and places that cover first to last, both included."""
    at = first
    while at <= last:
        level = 0
        while level + 1 < len(_LEVELS) and at % 4 ** (level + 1) == 0 and at + 4 ** (level + 1) - 1 <= last:
            level += 1
        yield _LEVELS[level], at >> 2 * level
        at += 4**level
