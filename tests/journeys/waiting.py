"""Waiting for what has to happen, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Whoever is asked does that work beside what is waited for.
RARELY = 5


def until(happens: Callable[[], T], *, seconds: float = 20.0, every: float = 0.02) -> T:
    """The first answer of `happens` that is true, asked so often and by and by less. Fails after so many seconds."""
    deadline = time.monotonic() + seconds
    pause = every
    while not (answer := happens()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(pause)
        pause = min(1.25 * pause, RARELY * every)
    return answer
