"""A steady stream of texts, and somebody who reads pages meanwhile."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from tests.faults.caller import Caller
from tests.faults.installation import Breakable
from tests.journeys.installation import JO

_every: Iterator[int] = count(1)

CANDIDATES = 100
TEXTS_PER_PAGE = 4


@dataclass
class Measured:
    """What a stretch of load has met: when each text was sent, and how long texts and pages took, in seconds."""

    began: dict[str, float] = field(default_factory=dict)
    texts: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    statuses: set[int | None] = field(default_factory=set)

    @property
    def requests(self) -> list[float]:
        """Of any kind."""
        return self.texts + self.pages

    @property
    def longest(self) -> float:
        """The longest request of any kind."""
        return max(self.requests)


def texts(installation: Breakable, twilio: Caller, *, number: int, per_second: float) -> Measured:
    """So many texts of a hundred candidates at this pace, whatever happens to each; after every fourth a page."""
    client, measured = installation.sign_in(JO), Measured()

    def text(place: int, mark: str) -> None:
        measured.began[mark] = began = time.monotonic()
        form = twilio.text(f"+4477009000{place % CANDIDATES:02d}", mark)
        measured.statuses.add(twilio.call(form, web=place % len(installation.webs)))
        measured.texts.append(time.monotonic() - began)

    def read() -> None:
        began = time.monotonic()
        measured.statuses.add(client.get("/inbox?tab=shared").status_code)
        measured.pages.append(time.monotonic() - began)

    start, done = time.monotonic(), list[Future[None]]()
    with ThreadPoolExecutor(64) as pool:
        for turn in range(number):
            time.sleep(max(0.0, start + turn / per_second - time.monotonic()))
            place = next(_every)
            done.append(pool.submit(text, place, f"Text no. {place}"))
            if turn % TEXTS_PER_PAGE == 0:
                done.append(pool.submit(read))
    for one in done:
        one.result()
    return measured
