"""How often somebody may ask: so many requests in each minute, counted in this process."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from inbox.errors import TooMany

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests are left of the limit, and after how many seconds it begins anew."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """As programs read it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
            "RateLimit-Policy": f"{self.limit};w={WINDOW_SECONDS}",
        }


class Rates:
    """Counts by whatever key: all of them begin anew at the same time, so that nothing has to be thrown away."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._window = -1
        self._counts: dict[str, int] = {}

    def take(self, key: str) -> Rate:
        """Count one more request; raises TooMany beyond the limit."""
        now = self._clock()
        if int(now // WINDOW_SECONDS) != self._window:
            self._window, self._counts = int(now // WINDOW_SECONDS), {}
        count = self._counts[key] = self._counts.get(key, 0) + 1
        reset = max(1, round((self._window + 1) * WINDOW_SECONDS - now))
        if count > self._most:
            raise TooMany(f"Only {self._most:,} requests are taken in a minute. Try again in {reset} s.", seconds=reset)
        return Rate(self._most, self._most - count, reset)

    def full(self) -> Rate:
        """What a refusal tells: nothing is left."""
        reset = max(1, round((self._window + 1) * WINDOW_SECONDS - self._clock()))
        return Rate(self._most, 0, reset)
