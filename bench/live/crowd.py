"""The handle on the client's process: opens sockets, and tells when an event has reached each of them."""

import multiprocessing
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from bench.contest import NotMeasured
from bench.live import client
from bench.live.seats import Seat

EVENT_SECONDS = 30.0
ANSWER_SECONDS = 180.0
VISIT_SECONDS = 3600.0


class Crowd:
    """So many open sockets in a process of their own."""

    def __init__(self, process: int, orders: Any) -> None:
        self.process = process
        self._orders = orders

    def open(self, port: int, seats: Sequence[Seat]) -> None:
        """Open all of them. Raises NotMeasured with what the server said instead."""
        self._ask("open", "127.0.0.1", port, seats)
        self._answer("opened")

    def expect(self, first: int, count: int = 1, *, seconds: float = EVENT_SECONDS) -> None:
        """From now on the frames of the events with these numbers count; they have so long."""
        self._ask("expect", first, count, seconds)
        self._answer("expecting")

    def arrivals(self) -> "array[int]":
        """When each event that is expected had come to each socket, in nanoseconds on CLOCK_MONOTONIC.

        One event after the other, each with all sockets. Raises NotMeasured unless each came once to each.
        """
        times, missing, doubled, lost = self._answer("arrived")
        if missing or doubled or lost:
            raise NotMeasured(f"{missing} events were missing, {doubled} came twice, {lost} sockets were lost")
        return cast("array[int]", times)

    def visit(self, port: int, seats: Sequence[Seat], words: bytes, *, total: int, at_once: int) -> int:
        """So many sockets that come, go or say `words` to look elsewhere; how many of them were let in."""
        self._ask("visit", "127.0.0.1", port, seats, words, total, at_once)
        (let_in,) = self._answer("visited", seconds=VISIT_SECONDS)
        return int(let_in)

    def close(self) -> None:
        """End every socket at once, as a browser that is killed does."""
        self._ask("close")
        self._answer("closed")

    def _ask(self, *words: object) -> None:
        self._orders.send(words)

    def _answer(self, wanted: str, seconds: float = ANSWER_SECONDS) -> list[Any]:
        if not self._orders.poll(seconds):
            raise NotMeasured("the client does not answer")
        word, *details = self._orders.recv()
        if word != wanted:
            raise NotMeasured(f"{word}: {', '.join(map(str, details))}")
        return details


@contextmanager
def crowd() -> Iterator[Crowd]:
    """A client process without sockets; ended at the end."""
    spawn = multiprocessing.get_context("spawn")
    mine, its = spawn.Pipe()
    process = spawn.Process(target=client.run, args=(its,), daemon=True)
    process.start()
    its.close()
    try:
        yield Crowd(process.pid or 0, mine)
    finally:
        mine.close()
        process.join(10)
        if process.is_alive():
            process.kill()
            process.join()
