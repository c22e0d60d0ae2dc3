"""Waiting for what has to happen, with a deadline."""

import asyncio
import time
from collections.abc import Callable


async def until(condition: Callable[[], object], *, seconds: float = 5.0) -> float:
    """Wait until the condition holds; the answer is how long that took. Fails after so many seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "the condition did not come true in time"
        await asyncio.sleep(0.002)
    return time.monotonic() - began
