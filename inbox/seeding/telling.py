"""One conversation of the bulk data: what was written, and the rows that the product would have stored for it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from inbox.messaging import lines
from inbox.seeding.language import STOP, Language
from inbox.storage import search_documents as documents
from inbox.storage.columns import new_id
from inbox.storage.events import EventKind
from providers.contract import DeliveryStatus

WITHIN = timedelta(days=2 * 365)
EVENTS_KEPT = timedelta(days=7)
"""As long as housekeeping keeps them."""

MESSAGE = (
    *(
        "organisation_id",
        "id",
        "conversation_id",
        "company_id",
        "direction",
        "body",
        "author_id",
        "author",
        "event",
        "status",
        "rank",
    ),
    *("error_code", "segments", "provider_account_id", "provider_message_id", "attempt", "claim", "claimed_at", "seq"),
    *("at", "sent_at", "delivered_at", "job", "waited_since"),
)
STATUS = ("organisation_id", "message_id", "status", "error_code", "applied", "at")
CONVERSATION = (
    *("organisation_id", "id", "company_id", "company_number_id", "candidate_id", "candidate_number", "assignee_id"),
    *("version", "closed_at", "closed_by_id", "unread", "failed", "opted_out_at", "first_message_at"),
    *("last_message_at", "last_message_id", "last_text", "last_author", "waiting_since", "created_at"),
)
EVENT = ("organisation_id", "seq", "kind", "conversation_id", "message_id", "actor_id", "at")
OPT_OUT = ("organisation_id", "company_number_id", "number", "keyword", "at")
DOCUMENT = ("organisation_id", "conversation_id", "words", "marks", "recency")

# Codes of Twilio for texts that were not delivered: https://www.twilio.com/docs/api/errors
_ERRORS = (30003, 30003, 30005, 30006, 30007, 30008)
_SECOND = timedelta(seconds=1)
_AT = MESSAGE.index("at")
SEQ = MESSAGE.index("seq")


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands before the bulk, and the chance everything is drawn from."""

    organisation_id: int
    company_id: str
    account_id: str
    team: tuple[tuple[str, str], ...]
    now: datetime
    chance: random.Random
    language: Language


@dataclass(frozen=True, slots=True)
class Parties:
    """Who writes with whom."""

    company_number_id: str
    candidate_id: str
    name: str | None
    marks: str
    """What the search document says of the candidate's job and tags."""
    job: str | None
    number: str


@dataclass(slots=True)
class Rows:
    """What is to be stored."""

    conversations: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    statuses: list[tuple[Any, ...]] = field(default_factory=list)
    opt_outs: list[tuple[Any, ...]] = field(default_factory=list)
    documents: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass(slots=True)
class _Course:
    """How a conversation goes, kept as the product keeps its row."""

    assignee: tuple[str, str] | None = None
    version: int = 0
    failed: int = 0
    waiting: list[datetime] = field(default_factory=list)
    opted_out_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by_id: str | None = None
    is_read: bool = False

    @property
    def waiting_since(self) -> datetime | None:
        """Of the first text that nobody has answered; who opted out waits for nobody."""
        return self.waiting[0] if self.waiting and self.opted_out_at is None else None


def tell(ground: Ground, parties: Parties, size: int, rows: Rows) -> None:
    """Add the rows of one conversation of `size` messages; their `seq` is 0 as yet."""
    conversation_id, course, chance = new_id(), _Course(), ground.chance
    moments = _moments(ground, size)
    says_stop = chance.random() < 0.02
    lines = [documents.line(parties.name or parties.number)]
    outbound = chance.random() < 0.7
    for place, at in enumerate(moments):
        is_last = place == size - 1
        if is_last and says_stop:
            body, cost, line, outbound = STOP, 1, f" {STOP.lower()} ", False
        else:
            body, cost, line = ground.language.text()
        lines.append(line)
        if outbound:
            _sent(ground, course, rows, (conversation_id, parties.job), (body, cost), at)
        else:
            event = "opted_out" if is_last and says_stop else None
            if event is None:  # nobody may answer a STOP
                course.waiting.append(at)
            rows.messages.append(_received(ground, conversation_id, body, cost, at, event))
        outbound = chance.random() < (0.35 if outbound else 0.65)
    if says_stop:
        course.opted_out_at = moments[-1]
        rows.opt_outs.append((ground.organisation_id, parties.company_number_id, parties.number, STOP, moments[-1]))
    _end(ground, course, moments[-1])
    rows.conversations.append(_conversation(ground, parties, conversation_id, course, moments, rows.messages[-1]))
    rows.documents.append(_document(ground, parties, conversation_id, lines, moments))


def changes_of(message: Sequence[Any]) -> Iterator[tuple[EventKind, datetime]]:
    """The events that the product records for a message of bulk data, in their order."""
    row = dict(zip(MESSAGE, message, strict=True))
    yield EventKind.MESSAGE_ADDED, row["at"]
    if row["direction"] == "out":
        yield EventKind.MESSAGE_CHANGED, row["sent_at"]
        ended = row["delivered_at"] or row["sent_at"] + 2 * _SECOND
        yield EventKind.CONVERSATION_CHANGED if row["error_code"] else EventKind.MESSAGE_CHANGED, ended


def _moments(ground: Ground, size: int) -> list[datetime]:
    """When the messages were written, oldest first: the last one some time in two years, most of them lately."""
    chance = ground.chance
    last = ground.now - timedelta(minutes=1) - WITHIN * chance.random() ** 1.6
    # Most answers come within the hour, some after days.
    gaps = [
        chance.expovariate(0.05) if chance.random() < 0.8 else chance.expovariate(1 / 4_000) for _ in range(size - 1)
    ]
    moments = [last]
    for gap in gaps:
        moments.append(moments[-1] - timedelta(minutes=1 + gap))
    return moments[::-1]


def _received(
    ground: Ground, conversation_id: str, body: str, cost: int, at: datetime, event: str | None
) -> tuple[Any, ...]:
    return (
        *(ground.organisation_id, new_id(), conversation_id, ground.company_id, "in", body, None, None, event),
        *(DeliveryStatus.RECEIVED.value, DeliveryStatus.RECEIVED.rank, None, cost, ground.account_id),
        *(_sid(ground.chance), 0, None, None, 0, at, None, None, None, None),
    )


def _sent(
    ground: Ground,
    course: _Course,
    rows: Rows,
    whose: tuple[str, str | None],
    text: tuple[str, int],
    at: datetime,
) -> None:
    """A reply, sent and reported on; whoever writes first in a conversation of nobody claims it."""
    chance, message_id = ground.chance, new_id()
    author = course.assignee if course.assignee and chance.random() < 0.9 else chance.choice(ground.team)
    if course.assignee is None:
        course.assignee, course.version = author, course.version + 1
    waited_since = course.waiting[0] if course.waiting else None
    course.waiting.clear()
    error = chance.choice(_ERRORS) if chance.random() < 0.006 else None
    course.failed += error is not None
    status = DeliveryStatus.UNDELIVERED if error else DeliveryStatus.DELIVERED
    sent, ended = at + _SECOND, at + 3 * _SECOND
    rows.messages.append(
        (
            *(ground.organisation_id, message_id, whose[0], ground.company_id, "out", text[0], *author),
            *(None, status.value),
            *(status.rank, error, text[1], ground.account_id, _sid(chance), 1, new_id(), at, 0, at, sent),
            *(None if error else ended, whose[1], waited_since),
        )
    )
    for word, code, moment in (("sent", 0, sent), (status.value, error or 0, ended)):
        rows.statuses.append((ground.organisation_id, message_id, word, code, True, moment))


def _end(ground: Ground, course: _Course, last: datetime) -> None:
    """What people did after the last text: read it, closed the conversation, gave it back to all."""
    chance = ground.chance
    age = ground.now - last
    course.is_read = chance.random() < (0.5 if age < timedelta(days=2) else 0.96)
    if chance.random() < 0.3 and age > timedelta(hours=2):
        course.closed_at, course.closed_by_id = last + timedelta(hours=1), chance.choice(ground.team)[0]
        course.waiting.clear()
        course.version += 1
    if course.assignee and chance.random() < 0.1:
        course.assignee, course.version = None, course.version + 1


def _conversation(
    ground: Ground,
    parties: Parties,
    conversation_id: str,
    course: _Course,
    moments: Sequence[datetime],
    newest: Sequence[Any],
) -> tuple[Any, ...]:
    last = dict(zip(MESSAGE, newest, strict=True))
    return (
        *(ground.organisation_id, conversation_id, ground.company_id, parties.company_number_id),
        *(parties.candidate_id, parties.number, course.assignee[0] if course.assignee else None, course.version),
        *(course.closed_at, course.closed_by_id, 0 if course.is_read else len(course.waiting), course.failed),
        *(course.opted_out_at, moments[0], moments[-1], last["id"], lines.shown(last["body"])),
        *(last["author"].split()[0] if last["author"] else None, course.waiting_since),
        moments[0],
    )


def _document(
    ground: Ground, parties: Parties, conversation_id: str, lines: Sequence[str], moments: Sequence[datetime]
) -> tuple[Any, ...]:
    days = dict.fromkeys(documents.day_marks(at) for at in moments)
    return (
        *(ground.organisation_id, conversation_id, "".join(lines)),
        "".join([documents.number_marks(parties.number), *days, parties.marks]),
        documents.recency(ground.organisation_id, moments[-1]),
    )


def _sid(chance: random.Random) -> str:
    return f"SM{chance.getrandbits(128):032x}"
