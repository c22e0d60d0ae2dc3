"""Many open inboxes at once, each with its socket, its cursor and a browser's way of coming back."""

import asyncio
import json
import random
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.journeys.waiting import until

_HEAD = re.compile(r'^<i id="(list|counts)-cursor"[^>]*? data-before="([^"]*)" data-upto="([^"]*)"')
_MARK = re.compile(r"Mark (\d+)\.")
_SHORTEST, _LONGEST = 0.3, 15.0


@dataclass
class Follower:
    """One tab on the list: where it stands, and what went wrong with it. Times are of time.monotonic()."""

    cursor: str = ""
    is_live: bool = False
    tries: int = 0
    codes: list[int | None] = field(default_factory=list)
    """How each socket ended that had shown everything."""
    gaps: int = 0
    down_at: float = 0.0
    back_at: float = 0.0
    away: list[float] = field(default_factory=list)
    arrived: dict[int, float] = field(default_factory=dict)
    """When texts with a "Mark 7." in them came, by that number."""

    def take(self, text: str) -> None:
        """What static/js/20-frames.js does with a frame of the list."""
        self.tries = 0
        if text.startswith("{"):
            self._hear(json.loads(text))
            return
        head = _HEAD.match(text)
        assert head, text[:200]
        slot, before, upto = head.groups()
        if slot == "list" and _number(upto) > _number(self.cursor):
            self.gaps += _number(before) > _number(self.cursor)
            self.cursor = upto
        if mark := _MARK.search(text):
            self.arrived.setdefault(int(mark[1]), time.monotonic())

    def lose(self, code: int | None) -> None:
        """The socket has ended, or could not be opened."""
        if self.is_live:
            self.codes.append(code)
            self.is_live = False
            self.down_at = time.monotonic()

    def pause(self) -> float:
        """Seconds until it tries again, as in static/js/10-live.js."""
        most = min(_LONGEST, 2.0 ** min(self.tries, 6))
        self.tries += 1
        return random.uniform(_SHORTEST, most)

    def _hear(self, signal: Mapping[str, str]) -> None:
        if signal["t"] in ("resync", "refetch"):
            self.gaps += 1
        if signal["t"] == "beat" and "head" in signal:
            # The first socket has no cursor and follows from here on.
            self.cursor = self.cursor or signal["head"]
            if not self.is_live:
                self.is_live = True
                self.back_at = time.monotonic()
                self.away.append(self.back_at - self.down_at if self.down_at else 0.0)


class Followers:
    """`with Followers(200, ...) as followers:`; until the end of the block, on a loop in a thread of their own.

    They come back through `url`, where the page is; their first sockets are at `first`, if that is given.
    """

    def __init__(
        self, many: int, url: str, *, cookies: Mapping[str, str], origin: str, first: str | None = None
    ) -> None:
        self.all = [Follower() for _ in range(many)]
        self._url = url
        self._first = first or url
        self._cookies = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._origin = origin
        self._ended = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="followers", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self.live == len(self.all), seconds=60)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    @property
    def live(self) -> int:
        """How many are connected and have been shown everything."""
        return sum(follower.is_live for follower in self.all)

    @property
    def gaps(self) -> int:
        """How often one of them had to load anew."""
        return sum(follower.gaps for follower in self.all)

    @property
    def longest_absence(self) -> float:
        """Seconds from the end of a socket until its follower had been shown everything again."""
        return max(away for follower in self.all for away in follower.away)

    def stand_at(self, event: int) -> bool:
        """Whether every one of them has been shown this event."""
        return all(_number(follower.cursor) >= event for follower in self.all)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._follow(follower)) for follower in self.all]
            await self._ended.wait()
            for task in tasks:
                task.cancel()

    async def _follow(self, follower: Follower) -> None:
        while True:
            follower.lose(await self._line(follower, self._url if follower.codes else self._first))
            await asyncio.sleep(follower.pause())

    async def _line(self, follower: Follower, web: str) -> int | None:
        """A socket from its beginning to its end; the code it was closed with, None when there was no word."""
        target = f"{web.replace('http', 'ws', 1)}/live?tab=shared&range=all&list={follower.cursor}"
        try:
            async with connect(
                target,
                origin=self._origin,  # type: ignore[arg-type]
                additional_headers={"Cookie": self._cookies},
                compression=None,
                proxy=None,
                open_timeout=5,
                close_timeout=1,
            ) as line:
                try:
                    while True:
                        follower.take(str(await line.recv()))
                except WebSocketException:
                    return line.close_code
        except (OSError, WebSocketException, TimeoutError):
            return None


def _number(cursor: str) -> int:
    return int(cursor.rpartition("-")[2] or -1)
