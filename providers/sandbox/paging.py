"""Lists the way Twilio gives them: pages with links to the next and previous, and filters by date."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Self
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from providers.sandbox.message import Message
from providers.sandbox.messages import Messages
from providers.sandbox.refusals import TwilioRefusal

_DEFAULT_PAGE_SIZE = 50
_LARGEST_PAGE_SIZE = 1_000
_LONGEST_QUEUE = timedelta(hours=10)
"""Twilio keeps a text at most this long before it sends it, so nothing older can have been sent later."""

_PAGING = frozenset({"Page", "PageSize", "PageToken"})
_TOKEN = re.compile(r"P([AB])([0-9a-f]{1,16})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Which page a request asks for, and the filters that every link on it repeats."""

    path: str
    filters: tuple[tuple[str, str], ...]
    size: int
    page: int
    before: int | None
    after: int | None

    @classmethod
    def of(cls, path: str, query: QueryParams) -> Self:
        """Read the paging parameters. A size over 1,000 is cut to 1,000; nonsense is refused with 20001."""
        token = query.get("PageToken", "")
        place = _TOKEN.fullmatch(token)
        if token and not place:
            raise TwilioRefusal(20001, words=f"Invalid PageToken: {token}")
        seq = int(place[2], 16) if place else None
        return cls(
            path=path,
            filters=tuple(pair for pair in query.multi_items() if pair[0] not in _PAGING),
            size=min(_whole_number(query, "PageSize", _DEFAULT_PAGE_SIZE, least=1), _LARGEST_PAGE_SIZE),
            page=_whole_number(query, "Page", 0, least=0),
            before=seq if place and place[1] == "A" else None,
            after=seq if place and place[1] == "B" else None,
        )

    def answer(
        self, key: str, items: Sequence[Any], *, next_token: str = "", previous_token: str = ""
    ) -> dict[str, Any]:
        """The list's JSON; `key` is the resource's own name for its items."""
        start = self.page * self.size
        return {
            "end": start + max(len(items) - 1, 0),
            "first_page_uri": self._uri(0),
            "next_page_uri": self._uri(self.page + 1, next_token) if next_token else None,
            "page": self.page,
            "page_size": self.size,
            "previous_page_uri": self._uri(self.page - 1, previous_token) if previous_token else None,
            key: items,
            "start": start,
            "uri": self._uri(self.page),
        }

    def _uri(self, page: int, token: str = "") -> str:
        parameters = [*self.filters, ("PageSize", str(self.size)), ("Page", str(page))]
        if token:
            parameters.append(("PageToken", token))
        return f"{self.path}?{urlencode(parameters)}"


@dataclass(frozen=True, slots=True)
class Sent:
    """Half-open bounds in UTC on when a message was sent; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, query: QueryParams) -> Self:
        """Read DateSent, `DateSent>` (on or after) and `DateSent<` (on or before); days are days in GMT."""
        since = until = None
        if day := query.get("DateSent"):
            since, until = _moment(day)
        if earliest := query.get("DateSent>"):
            since = _moment(earliest)[0]
        if latest := query.get("DateSent<"):
            until = _moment(latest)[1]
        return cls(since, until)

    def holds(self, message: Message) -> bool:
        if self.since is None and self.until is None:
            return True
        # Twilio's times have whole seconds, and so has what a client asks with.
        sent_at = message.sent_at.replace(microsecond=0) if message.sent_at else None
        if sent_at is None:
            return False
        return (self.since is None or sent_at >= self.since) and (self.until is None or sent_at < self.until)

    def is_past(self, message: Message) -> bool:
        """Whether this message and all older ones are before the bounds."""
        return self.since is not None and message.created_at < self.since - _LONGEST_QUEUE


def message_page(
    messages: Messages, account_sid: str, path: str, query: QueryParams, now: float
) -> tuple[PageWanted, list[Message], str, str]:
    """One page of an account's messages, newest first, and the tokens of the next and the previous page.

    `now` is the monotonic time that decides what the list does not show yet.
    """
    wanted = PageWanted.of(path, query)
    sent = Sent.of(query)
    parties = {"sender": query.get("From", ""), "recipient": query.get("To", "")}

    def shown(found: Iterable[Message]) -> Iterator[Message]:
        for message in found:
            if sent.is_past(message) and wanted.after is None:
                return
            if message.hidden_until <= now and sent.holds(message):
                yield message

    if wanted.after is None:
        # Nothing is sent before it was created, so the upper bound can be jumped to.
        found = messages.newest_first(account_sid, **parties, before=wanted.before, created_before=sent.until)
        older = shown(found)
        page = list(islice(older, wanted.size))
        has_older = next(older, None) is not None
    else:
        newer = shown(messages.oldest_first(account_sid, **parties, after=wanted.after))
        page = list(islice(newer, wanted.size))[::-1]
        has_older = True
    next_token = f"PA{page[-1].seq:x}" if page and has_older else ""
    previous_token = f"PB{page[0].seq:x}" if page and wanted.page > 0 else ""
    return wanted, page, next_token, previous_token


def _whole_number(query: QueryParams, name: str, default: int, least: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < least:
        raise TwilioRefusal(20001, words=f"Invalid {name}: {text}")
    return int(text)


def _moment(text: str) -> tuple[datetime, datetime]:
    """Where a date or time begins and ends: a day is a day, a time is a second. GMT when it has no zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise TwilioRefusal(20001, words=f"Invalid DateSent: {text}") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    length = timedelta(days=1) if _DAY.fullmatch(text.strip()) else timedelta(seconds=1)
    moment = moment.replace(microsecond=0)
    return moment, moment + length
