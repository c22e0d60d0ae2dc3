"""Bulk demo data: conversations and messages by the million, on numbers reserved for fiction."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click

from inbox import clock
from inbox.seeding import labels
from inbox.seeding.labels import Given
from inbox.seeding.language import Language
from inbox.seeding.telling import (
    CONVERSATION,
    DOCUMENT,
    EVENT,
    EVENTS_KEPT,
    MESSAGE,
    OPT_OUT,
    SEQ,
    STATUS,
    Ground,
    Parties,
    Rows,
    changes_of,
    tell,
)
from inbox.storage import search_documents
from inbox.storage.bulk import Bulk, bulk
from inbox.storage.columns import new_id

BATCH = 2_000
MANY = 100_000
"""Messages from which on it is faster to make the indexes of PostgreSQL anew."""
# 800 area codes with 100 numbers each that are reserved for fiction in North America (555-0100 to 555-0199).
NUMBERS = 80_000
_TABLES = ("messages", "message_status_log", "conversations", "search_documents", "events")
_CANDIDATE = ("organisation_id", "id", "name", "sort_name", "stage", "owner_id", "job")
_CANDIDATE_NUMBER = ("organisation_id", "number", "candidate_id")
_CANDIDATE_DOCUMENT = ("organisation_id", "candidate_id", "sort_name", "words", "marks")
_COMPANY_NUMBER = ("organisation_id", "id", "company_id", "provider_account_id", "number", "purpose")
_STAGES = ("Applied", "Screening", "Interview", "Offer", "Hired", "Talent pool")
_LINES = "+44770090"
_AT, _CONVERSATION, _ID, _AUTHOR = (MESSAGE.index(name) for name in ("at", "conversation_id", "id", "author_id"))
_SUBJECT = STATUS.index("message_id")


@dataclass(slots=True)
class _Holders:
    """Who has which number already: candidates with their names and marks, and our own lines; and the labels."""

    candidates: dict[str, tuple[str, str | None, str, str | None]]
    lines: dict[str, str]
    labels: tuple[Given, ...]


def fill(url: str, organisation_id: int, *, conversations: int, messages: int) -> None:
    """Add what is missing to so many bulk conversations with so many messages, in one transaction, showing progress.

    Each conversation holds at least one. Times lie within the last two years, denser towards today.
    """
    with bulk(url) as sink:
        had, texts = _there(sink, organisation_id)
    conversations, messages = max(0, conversations - had), max(0, messages - texts)
    if not conversations:
        return
    with bulk(url, anew=_TABLES if messages > MANY else ()) as sink:
        ground, holders = _ground(sink, organisation_id), _holders(sink, organisation_id)
        log, sizes = _Log(sink, organisation_id), _sizes(ground.chance, conversations, messages)
        with click.progressbar(length=max(conversations, messages), label="Messages") as bar:
            for first in range(had, had + conversations, BATCH):
                places = range(first, min(first + BATCH, had + conversations))
                bar.update(_write(sink, ground, holders, log, places, sizes))
        log.end(sink)
        labels.count(sink, organisation_id)
        for table in ("report_months", "report_days", "report_cursors"):
            sink.do(f"delete from {table} where organisation_id = ?", (organisation_id,))  # noqa: S608 - names are ours
        click.echo("Indexes and statistics")


def _there(sink: Bulk, organisation_id: int) -> tuple[int, int]:
    """How many conversations and messages of bulk data there are."""
    lines = "select id from company_numbers where organisation_id = ? and number like ?"
    theirs = f"from conversations where organisation_id = ? and company_number_id in ({lines})"
    of_lines = (organisation_id, organisation_id, f"{_LINES}%")
    ((had,),) = sink.all(f"select count(*) {theirs}", of_lines)
    count = "select count(*) from messages where organisation_id = ?"
    ((texts,),) = sink.all(f"{count} and conversation_id in (select id {theirs})", (organisation_id, *of_lines))
    return had, texts


def _ground(sink: Bulk, organisation_id: int) -> Ground:
    ((company_id, account_id),) = sink.all(
        "select company_id, provider_account_id from company_numbers"
        " where organisation_id = ? and purpose = 'messaging' order by created_at, id limit 1",
        (organisation_id,),
    )
    team = sink.all(
        "select id, name from users where organisation_id = ? and role <> 'guest' order by email", (organisation_id,)
    )
    people = tuple((str(id), name) for id, name in team)
    chance = random.Random(1)  # noqa: S311
    return Ground(organisation_id, str(company_id), str(account_id), people, clock.now(), chance, Language(chance))


def _holders(sink: Bulk, organisation_id: int) -> _Holders:
    held = sink.all(
        "select n.number, c.id, c.name, c.job from candidate_numbers n join candidates c"
        " on c.organisation_id = n.organisation_id and c.id = n.candidate_id where n.organisation_id = ?",
        (organisation_id,),
    )
    tags: dict[str, list[str]] = {}
    for candidate, tag in sink.all(
        "select m.candidate_id, m.label_id from label_members m join labels l on l.organisation_id = m.organisation_id"
        " and l.id = m.label_id where m.organisation_id = ? and l.kind = 'tag'",
        (organisation_id,),
    ):
        tags.setdefault(str(candidate), []).append(str(tag))
    lines = sink.all("select number, id from company_numbers where organisation_id = ?", (organisation_id,))
    return _Holders(
        {number: (str(one), name, labels.marks(job, tags.get(str(one), ())), job) for number, one, name, job in held},
        {number: str(line) for number, line in lines},
        labels.labels(sink, organisation_id),
    )


def _sizes(chance: random.Random, conversations: int, messages: int) -> Iterator[int]:
    """How many messages each conversation holds: at least one, most have few and some have hundreds."""
    left = messages
    for waiting in range(conversations, 0, -1):
        wanted = left if waiting == 1 else round(left / waiting * chance.lognormvariate(-0.5, 1))
        size = max(1, min(wanted, left - waiting + 1))
        left -= size
        yield size


def _write(sink: Bulk, ground: Ground, holders: _Holders, log: "_Log", places: range, sizes: Iterator[int]) -> int:
    """One batch: every company number, candidate, conversation and message of these places; how many messages."""
    rows, candidates, numbers, found, lines, members = Rows(), [], [], [], [], []
    for place in places:
        line, number = _line(place // NUMBERS), _number(place % NUMBERS)
        if line not in holders.lines:
            holders.lines[line] = new_id()
            company = (ground.company_id, ground.account_id)
            lines.append((ground.organisation_id, holders.lines[line], *company, line, "messaging"))
        if number not in holders.candidates:
            candidate_id, name = new_id(), ground.language.name() if ground.chance.random() < 0.95 else None
            job, given = labels.job_of(place), [one for one in holders.labels if place % one.every == 0]
            marks = labels.marks(job, [one.id for one in given if one.is_tag])
            holders.candidates[number] = candidate_id, name, marks, job
            candidates.append((*_candidate(ground, number, candidate_id, name), job))
            numbers.append((ground.organisation_id, number, candidate_id))
            found.append(_found(ground, number, candidate_id, name))
            place_in_list = (name or number).casefold()
            members += [(ground.organisation_id, one.id, candidate_id, place_in_list) for one in given]
        tell(ground, Parties(holders.lines[line], *holders.candidates[number], number), next(sizes), rows)
    sink.write("company_numbers", _COMPANY_NUMBER, lines)
    sink.write("candidates", _CANDIDATE, candidates)
    sink.write("candidate_numbers", _CANDIDATE_NUMBER, numbers)
    sink.write("candidate_documents", _CANDIDATE_DOCUMENT, found)
    sink.write("label_members", labels.MEMBER, members)
    sink.write("conversations", CONVERSATION, rows.conversations)
    written = len(rows.messages)
    old, status = log.part(ground, rows)
    sink.write("messages", MESSAGE, old)
    sink.write("message_status_log", STATUS, status)
    sink.write("opt_outs", OPT_OUT, rows.opt_outs)
    sink.write("search_documents", DOCUMENT, rows.documents)
    return written


class _Log:
    """The log of events. Numbers rise with time, and those of the last days are kept, as housekeeping keeps them.

    So messages that are as new wait until all are known.
    """

    def __init__(self, sink: Bulk, organisation_id: int) -> None:
        ((self._seq,),) = sink.all("select seq from event_counters where organisation_id = ?", (organisation_id,))
        self._organisation_id = organisation_id
        self._messages: dict[str, tuple[Any, ...]] = {}
        self._statuses: list[tuple[Any, ...]] = []

    def part(self, ground: Ground, rows: Rows) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """The messages and the words on them that may be stored now, with numbers whose events are gone."""
        since = ground.now - EVENTS_KEPT
        old = []
        for message in rows.messages:
            if message[_AT] >= since:
                self._messages[message[_ID]] = message
                continue
            self._seq += 1
            old.append(_numbered(message, self._seq))
            self._seq += 2 * (message[_AUTHOR] is not None)
        kept = self._messages
        self._statuses += [row for row in rows.statuses if row[_SUBJECT] in kept]
        return old, [row for row in rows.statuses if row[_SUBJECT] not in kept]

    def end(self, sink: Bulk) -> None:
        """Store what has waited, with its events, and where the log stands."""
        happened = sorted(
            (at, step, message_id, kind)
            for message_id, message in self._messages.items()
            for step, (kind, at) in enumerate(changes_of(message))
        )
        events = []
        for at, step, message_id, kind in happened:
            self._seq += 1
            message = self._messages[message_id]
            if step == 0:
                self._messages[message_id] = _numbered(message, self._seq)
            actor = message[_AUTHOR] if step == 0 else None
            events.append((self._organisation_id, self._seq, kind.value, message[_CONVERSATION], message_id, actor, at))
        sink.write("messages", MESSAGE, self._messages.values())
        sink.write("message_status_log", STATUS, self._statuses)
        sink.write("events", EVENT, events)
        sink.do("update event_counters set seq = ? where organisation_id = ?", (self._seq, self._organisation_id))


def _numbered(message: tuple[Any, ...], seq: int) -> tuple[Any, ...]:
    return (*message[:SEQ], seq, *message[SEQ + 1 :])


def _candidate(ground: Ground, number: str, candidate_id: str, name: str | None) -> tuple[Any, ...]:
    owner, _ = ground.chance.choice((*ground.team, (None, None)))
    stage = ground.chance.choice(_STAGES) if name else None
    return ground.organisation_id, candidate_id, name, (name or number).casefold(), stage, owner


def _found(ground: Ground, number: str, candidate_id: str, name: str | None) -> tuple[Any, ...]:
    made = search_documents.of_candidate(ground.organisation_id, name, None, [number])
    return ground.organisation_id, candidate_id, (name or number).casefold(), made.words, made.marks


def _number(place: int) -> str:
    """The candidate number of a place below 80,000, each in a range reserved for fiction."""
    return f"+1{200 + place // 100}55501{place % 100:02d}"


def _line(place: int) -> str:
    """The company number of the `place`-th 80,000 conversations, in the range reserved for fiction in the UK."""
    return f"{_LINES}{place:04d}"
