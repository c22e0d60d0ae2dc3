"""How a process that ends lets go of its sockets: in random order, and not all at once."""

import asyncio
import time
from collections.abc import Sequence
from random import SystemRandom

from realtime.wire import Socket

RESTARTING = 1012
"""Close code of a restart; htmx's extension comes back from it and resumes."""
SECONDS_EACH = 0.02
"""A few sockets take no longer than this each, whatever time there is."""

_random = SystemRandom()


async def close_in_turn(sockets: Sequence[Socket], *, spread_seconds: float) -> None:
    """Close each with 1012, spread evenly over at most this time."""
    turns = _random.sample(sockets, len(sockets))
    pause = min(SECONDS_EACH, spread_seconds / max(len(turns), 1))
    began = time.monotonic()
    for number, socket in enumerate(turns):
        if (wait := began + pause * number - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        socket.close(RESTARTING)
