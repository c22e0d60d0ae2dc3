"""The handle on the client's process: opens sockets, and tells when an event has reached each of them."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench.contest import NotMeasured
from bench.live import client
from bench.live.seats import Seat

EVENT_SECONDS = 30.0
ANSWER_SECONDS = 180.0


class Crowd:
    """So many open sockets in a process of their own."""

    def __init__(self, process: int, orders: Any) -> None:
        self.process = process
        self._orders = orders

    def open(self, port: int, seats: Sequence[Seat]) -> None:
        """Open all of them. Raises NotMeasured with what the server said instead."""
        self._ask("open", "127.0.0.1", port, seats)
        self._answer("opened")

    def expect(self, mark: str) -> None:
        """From now on the frames with this mark count."""
        self._ask("expect", mark.encode(), EVENT_SECONDS)
        self._answer("expecting")

    def arrivals(self) -> Sequence[int]:
        """When the event that is expected had come to each socket, in nanoseconds on CLOCK_MONOTONIC.

        Raises NotMeasured when it did not come to all of them, once to each.
        """
        times, missing, doubled, lost = self._answer("arrived")
        if missing or doubled or lost:
            raise NotMeasured(f"{missing} sockets did not get an event, {doubled} got too much, {lost} were lost")
        return list(times)

    def close(self) -> None:
        """End every socket at once, as a browser that is killed does."""
        self._ask("close")
        self._answer("closed")

    def _ask(self, *words: object) -> None:
        self._orders.send(words)

    def _answer(self, wanted: str) -> list[Any]:
        if not self._orders.poll(ANSWER_SECONDS):
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
