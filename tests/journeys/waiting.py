"""Waiting for what has to happen, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(happens: Callable[[], T], *, seconds: float = 20.0, every: float = 0.02) -> T:
    """The first answer of `happens` that is true, asked so often. Fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := happens()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(every)
    return answer
