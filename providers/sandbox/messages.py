"""The messages the sandbox keeps: in memory, bounded, found by id, by account and by either number."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from operator import attrgetter

from providers.sandbox.message import Direction, MediaItem, Message, Status, new_sid

_by_seq = attrgetter("seq")
_by_creation = attrgetter("created_at")


class _Timeline:
    """Messages in the order they came; the oldest can be dropped, any place can be found, both quickly."""

    __slots__ = ("_items", "_start")

    def __init__(self) -> None:
        self._items: list[Message] = []
        self._start = 0

    def __len__(self) -> int:
        return len(self._items) - self._start

    def append(self, message: Message) -> None:
        self._items.append(message)

    def prepend(self, message: Message) -> None:
        self._items.insert(self._start, message)

    def drop_oldest(self) -> None:
        self._start += 1
        if self._start * 2 > len(self._items):
            del self._items[: self._start]
            self._start = 0

    def older_than(self, seq: int | None, moment: datetime | None = None) -> Iterator[Message]:
        """Newest first, from before that place and that time of creation."""
        end = len(self._items) if seq is None else bisect_left(self._items, seq, self._start, key=_by_seq)
        if moment is not None:
            end = bisect_left(self._items, moment, self._start, end, key=_by_creation)
        return (self._items[place] for place in range(end - 1, self._start - 1, -1))

    def newer_than(self, seq: int) -> Iterator[Message]:
        """Oldest first."""
        begin = bisect_right(self._items, seq, self._start, key=_by_seq)
        return (self._items[place] for place in range(begin, len(self._items)))


_MIDDLE = 1 << 40
"""Where the places begin, so that there are some before the first one."""


class Messages:
    """Every message, up to `most` of them; then the oldest goes when a new one comes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._last_seq = self._first_seq = _MIDDLE
        self._all: deque[Message] = deque()
        self._by_sid: dict[str, Message] = {}
        self._by_account: dict[str, _Timeline] = {}
        self._by_sender: dict[str, _Timeline] = {}
        self._by_recipient: dict[str, _Timeline] = {}

    def __len__(self) -> int:
        return len(self._by_sid)

    def __iter__(self) -> Iterator[Message]:
        """Oldest first."""
        return (message for message in self._all if not message.is_deleted)

    def add(
        self,
        *,
        account_sid: str,
        sender: str,
        recipient: str,
        body: str,
        segments: int,
        direction: Direction,
        status: Status,
        media: tuple[MediaItem, ...] = (),
        status_callback: str = "",
        is_listed: bool = True,
    ) -> Message:
        """Keep a new message, created now."""
        self._last_seq += 1
        now = datetime.now(UTC)
        message = Message(
            seq=self._last_seq,
            sid=new_sid("MM" if media else "SM"),
            account_sid=account_sid,
            sender=sender,
            recipient=recipient,
            body=body,
            segments=segments,
            direction=direction,
            status=status,
            created_at=now,
            updated_at=now,
            media=media,
            status_callback=status_callback,
            is_listed=is_listed,
            is_on_phone=direction == "inbound",
        )
        self._all.append(message)
        self._by_sid[message.sid] = message
        for index, key in self._places(message):
            timeline = index.get(key)
            if timeline is None:
                timeline = index[key] = _Timeline()
            timeline.append(message)
        if len(self._all) > self._most:
            self._drop_oldest()
        return message

    def add_past(
        self,
        *,
        account_sid: str,
        sender: str,
        recipient: str,
        body: str,
        segments: int,
        direction: Direction,
        status: Status,
        at: datetime,
        error_code: int | None = None,
    ) -> Message:
        """Keep a message as one that was sent `at` (UTC), which must be before all that there are; ValueError else."""
        if self._all and at > self._all[0].created_at:
            raise ValueError("there are older messages already: tell of the past first, the newest text first")
        message = Message(
            seq=self._first_seq,
            sid=new_sid("SM"),
            account_sid=account_sid,
            sender=sender,
            recipient=recipient,
            body=body,
            segments=segments,
            direction=direction,
            status=status,
            created_at=at,
            updated_at=at,
            sent_at=at,
            error_code=error_code,
            is_on_phone=not status.is_failure,
        )
        self._first_seq -= 1
        self._all.appendleft(message)
        self._by_sid[message.sid] = message
        for index, key in self._places(message):
            index.setdefault(key, _Timeline()).prepend(message)
        return message

    def get(self, sid: str) -> Message | None:
        return self._by_sid.get(sid)

    def delete(self, message: Message) -> None:
        """Out of every answer from now on; its place is freed when its turn comes."""
        message.is_deleted = True
        self._by_sid.pop(message.sid, None)

    def newest_first(
        self,
        account_sid: str,
        *,
        sender: str = "",
        recipient: str = "",
        before: int | None = None,
        created_before: datetime | None = None,
    ) -> Iterator[Message]:
        """An account's messages, over the shortest index; `before` is the seq of the last one seen."""
        return (
            message
            for message in self._shortest(account_sid, sender, recipient).older_than(before, created_before)
            if _belongs(message, account_sid, sender, recipient)
        )

    def oldest_first(self, account_sid: str, *, sender: str = "", recipient: str = "", after: int) -> Iterator[Message]:
        """The same, the other way round."""
        return (
            message
            for message in self._shortest(account_sid, sender, recipient).newer_than(after)
            if _belongs(message, account_sid, sender, recipient)
        )

    def with_candidate(self, number: str, most: int) -> list[Message]:
        """The newest texts to and from a candidate's number, oldest first, over all accounts."""
        nothing = _Timeline()
        both = merge(
            self._by_sender.get(number, nothing).older_than(None),
            self._by_recipient.get(number, nothing).older_than(None),
            key=_by_seq,
            reverse=True,
        )
        newest = list(islice((message for message in both if not message.is_deleted), most))
        return newest[::-1]

    def _shortest(self, account_sid: str, sender: str, recipient: str) -> _Timeline:
        wanted = [(self._by_account, account_sid)]
        if sender:
            wanted.append((self._by_sender, sender))
        if recipient:
            wanted.append((self._by_recipient, recipient))
        return min((index.get(key) or _Timeline() for index, key in wanted), key=len)

    def _drop_oldest(self) -> None:
        message = self._all.popleft()
        self._by_sid.pop(message.sid, None)
        for index, key in self._places(message):
            index[key].drop_oldest()
            if not index[key]:
                del index[key]

    def _places(self, message: Message) -> tuple[tuple[dict[str, _Timeline], str], ...]:
        return (
            (self._by_account, message.account_sid),
            (self._by_sender, message.sender),
            (self._by_recipient, message.recipient),
        )


def _belongs(message: Message, account_sid: str, sender: str, recipient: str) -> bool:
    return (
        message.is_listed
        and not message.is_deleted
        and message.account_sid == account_sid
        and (not sender or message.sender == sender)
        and (not recipient or message.recipient == recipient)
    )
