"""Bulk demo data: conversations and messages by the million, on numbers reserved for fiction."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click

from inbox import clock
from inbox.storage.bulk import Bulk, bulk
from inbox.storage.columns import new_id
from providers import segments
from providers.contract import DeliveryStatus

BATCH = 5_000
# 800 area codes with 100 numbers each that are reserved for fiction in North America (555-0100 to 555-0199).
NUMBERS = 80_000
WITHIN = timedelta(days=3 * 365)
FIRST = ("Maya", "Tom", "Priya", "Sam", "Lena", "Amir", "Grace", "Noah", "Ines", "Oliver", "Hana", "Leo", "Ruth")
LAST = ("Chen", "Okafor", "Nair", "Whitlock", "Fischer", "Haddad", "Tan", "Williams", "Moreau", "Brandt", "Suzuki")
TEXTS = tuple(
    (text, segments.measure(text).segments)
    for text in (
        "Hi, are you free for a short call this week?",
        "Yes, Thursday works for me.",
        "Could you send me your licence number?",
        "Thank you, I will read it tonight.",
        "Is the job in Geelong still open?",
        "It is. Shall I send you the form?",
        "See you on Monday at 9:30 👍",
        "I am running ten minutes late.",
    )
)
_CANDIDATE = ("organisation_id", "id", "name", "sort_name", "stage", "owner_id")
_CANDIDATE_NUMBER = ("organisation_id", "number", "candidate_id")
_COMPANY_NUMBER = ("organisation_id", "id", "company_id", "provider_account_id", "number", "purpose")
_CONVERSATION = (
    *("organisation_id", "id", "company_id", "company_number_id", "candidate_id", "candidate_number", "assignee_id"),
    *("unread", "failed", "first_message_at", "last_message_at", "last_message_id", "last_text", "last_author"),
    "waiting_since",
)
_MESSAGE = (
    *("organisation_id", "id", "conversation_id", "direction", "body", "author_id", "author", "status", "rank"),
    *("error_code", "segments", "provider_account_id", "attempt", "at"),
)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What stands before the bulk, and the chance everything is drawn from."""

    organisation_id: int
    company_id: str
    account_id: str
    team: tuple[tuple[str, str], ...]
    now: datetime
    chance: random.Random


def fill(url: str, organisation_id: int, *, conversations: int, messages: int) -> None:
    """Add `conversations` with `messages` messages to an organisation, in one transaction, showing progress.

    Each conversation holds at least one. Times lie within the last three years, denser towards today.
    """
    with bulk(url) as sink:
        ground = _ground(sink, organisation_id)
        holders = dict(
            sink.all("select number, candidate_id from candidate_numbers where organisation_id = ?", (organisation_id,))
        )
        lines = sink.all("select number from company_numbers where organisation_id = ?", (organisation_id,))
        start = sum(number.startswith("+4477009") for (number,) in lines) * NUMBERS
        sizes = _sizes(ground.chance, conversations, messages)
        with click.progressbar(length=conversations, label="Conversations") as bar:
            for first in range(0, conversations, BATCH):
                count = min(BATCH, conversations - first)
                _write(sink, ground, holders, range(start + first, start + first + count), sizes)
                bar.update(count)


def _ground(sink: Bulk, organisation_id: int) -> _Ground:
    ((company_id, account_id),) = sink.all(
        "select company_id, provider_account_id from company_numbers"
        " where organisation_id = ? and purpose = 'messaging' order by created_at limit 1",
        (organisation_id,),
    )
    team = sink.all("select id, name from users where organisation_id = ? order by email", (organisation_id,))
    return _Ground(organisation_id, company_id, account_id, tuple(team), clock.now(), random.Random(1))  # noqa: S311


def _sizes(chance: random.Random, conversations: int, messages: int) -> Iterator[int]:
    """How many messages each conversation holds: at least one, as far as they go `messages` together."""
    left = messages
    for waiting in range(conversations, 0, -1):
        wanted = left if waiting == 1 else round(left / waiting * chance.uniform(0.5, 1.5))
        size = max(1, min(wanted, left - waiting + 1))
        left -= size
        yield size


def _write(sink: Bulk, ground: _Ground, holders: dict[str, Any], places: range, sizes: Iterator[int]) -> None:
    """One batch: every company number, candidate, conversation and message of these places."""
    candidates, numbers, lines, conversations, messages = [], [], [], [], []
    for place in places:
        line, number = _line(place // NUMBERS), _number(place % NUMBERS)
        if line not in holders:
            holders[line] = new_id()
            lines.append(
                (ground.organisation_id, holders[line], ground.company_id, ground.account_id, line, "messaging")
            )
        owner = ground.chance.choice((*ground.team, (None, None)))
        if number not in holders:
            holders[number] = new_id()
            name = f"{ground.chance.choice(FIRST)} {ground.chance.choice(LAST)}"
            candidates.append((ground.organisation_id, holders[number], name, name.casefold(), "Applied", owner[0]))
            numbers.append((ground.organisation_id, number, holders[number]))
        conversation_id = new_id()
        texts = list(_texts(ground, conversation_id, next(sizes)))
        messages.extend(texts)
        conversations.append(
            _conversation(ground, conversation_id, holders[line], holders[number], number, owner[0], texts)
        )
    sink.write("company_numbers", _COMPANY_NUMBER, lines)
    sink.write("candidates", _CANDIDATE, candidates)
    sink.write("candidate_numbers", _CANDIDATE_NUMBER, numbers)
    sink.write("conversations", _CONVERSATION, conversations)
    sink.write("messages", _MESSAGE, messages)


def _texts(ground: _Ground, conversation_id: str, count: int) -> Iterator[tuple[Any, ...]]:
    """The messages of one conversation, oldest first; about one outbound text in fifty failed."""
    last = ground.now - WITHIN * ground.chance.random() ** 2
    for place in range(count):
        text, cost = ground.chance.choice(TEXTS)
        outbound = (count - place) % 2 == 0
        author_id, author = ground.chance.choice(ground.team) if outbound else (None, None)
        failed = outbound and ground.chance.random() < 0.02
        status = (
            DeliveryStatus.UNDELIVERED if failed else DeliveryStatus.DELIVERED if outbound else DeliveryStatus.RECEIVED
        )
        at = last - timedelta(minutes=37) * (count - 1 - place)
        direction = "out" if outbound else "in"
        yield (
            *(ground.organisation_id, new_id(), conversation_id, direction, text, author_id, author),
            *(status.value, status.rank, 30003 if failed else None, cost, ground.account_id, 1, at),
        )


def _conversation(
    ground: _Ground, conversation_id: str, line_id: str, candidate_id: str, number: str, owner: Any, texts: list[Any]
) -> tuple[Any, ...]:
    """The conversation's row, agreeing with its messages; one in five of the last texts is unread."""
    last = dict(zip(_MESSAGE, texts[-1], strict=True))
    unread = last["direction"] == "in" and ground.chance.random() < 0.2
    failed = sum(row[_MESSAGE.index("error_code")] is not None for row in texts)
    author = last["author"].split()[0] if last["author"] else None
    return (
        *(ground.organisation_id, conversation_id, ground.company_id, line_id, candidate_id, number, owner),
        *(int(unread), failed, texts[0][_MESSAGE.index("at")], last["at"], last["id"], last["body"], author),
        last["at"] if unread else None,
    )


def _number(place: int) -> str:
    """The candidate number of a place below 80,000, each in a range reserved for fiction."""
    return f"+1{200 + place // 100}55501{place % 100:02d}"


def _line(place: int) -> str:
    """The company number of the `place`-th 80,000 conversations, in the range reserved for fiction in the UK."""
    return f"+44770090{place:04d}"
