"""Many open sockets that note when each text reached them."""

import asyncio
import re
import threading
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from typing import Self
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.faults.installation import Breakable
from tests.journeys.installation import JO
from tests.journeys.screen import page
from tests.journeys.waiting import until

MARK = re.compile(r"Text no\. \d+")


class Audience:
    """So many browsers on the shared inbox, spread over the web processes; a loop in a thread of its own."""

    def __init__(self, installation: Breakable, sockets: int) -> None:
        client = installation.sign_in(JO)
        holder = page(client, "/inbox?tab=shared").by_id("conv-list")
        assert holder is not None
        cursor = holder.attributes["data-cursor"]
        self._headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
        self._target = "/live?" + urlencode({"tab": "shared", "list": cursor, "counts": cursor})
        self._installation = installation
        self.sockets = sockets
        self.seen: defaultdict[str, list[float]] = defaultdict(list)
        self.closed: list[int | None] = []
        self._open = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="audience", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._watching = asyncio.run_coroutine_threadsafe(self._watch(), self._loop)
        until(lambda: self._open == self.sockets, seconds=60)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._watching.result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def has_seen(self, mark: str) -> bool:
        """Whether this text has reached every socket."""
        return len(self.seen[mark]) == self.sockets

    def waits(self, began: dict[str, float]) -> list[float]:
        """Seconds that each text needed to each socket, counted from these moments of the monotonic clock."""
        return [moment - start for mark, start in began.items() for moment in self.seen[mark]]

    async def _watch(self) -> None:
        self._ended = asyncio.Event()
        async with AsyncExitStack() as stack:
            webs = [self._installation.webs[place % len(self._installation.webs)] for place in range(self.sockets)]
            lines = [await stack.enter_async_context(self._line(web)) for web in webs]
            readers = [asyncio.create_task(self._read(line)) for line in lines]
            await self._ended.wait()
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    def _line(self, web: str) -> connect:
        address = web.replace("http://", "ws://") + self._target
        return connect(
            address,
            origin=self._installation.url,  # type: ignore[arg-type]
            additional_headers=self._headers,
            proxy=None,
            close_timeout=1,
        )

    async def _read(self, line: ClientConnection) -> None:
        seen: set[str] = set()
        self._open += 1
        try:
            async for frame in line:
                now = time.monotonic()
                for mark in set(MARK.findall(str(frame))) - seen:
                    seen.add(mark)
                    self.seen[mark].append(now)
        except ConnectionClosed as closed:
            self.closed.append(closed.rcvd.code if closed.rcvd else None)
