"""Loops that are started again when they end, with pauses that grow."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from random import SystemRandom
from typing import Any

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STOP_SECONDS = 1.0

logger = logging.getLogger(__name__)
_random = SystemRandom()


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubled each time, cut at random so that processes spread."""
    return min(FIRST_PAUSE * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE) * _random.uniform(0.5, 1.0)


async def keep_running(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work` again whenever it ends, fails or is cancelled from within; ends by being cancelled itself."""
    failures = 0
    while True:
        began = time.monotonic()
        run = asyncio.create_task(work(), name=name)
        try:
            await asyncio.wait((run,))
        except asyncio.CancelledError:
            await stop(run)
            raise
        failures = 1 if time.monotonic() - began > LONGEST_PAUSE else failures + 1
        pause = pause_after(failures)
        _report(name, run, pause)
        await asyncio.sleep(pause)


async def stop(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they have ended; what they raise on the way is logged."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        # More than once: before Python 3.12 asyncio.wait_for, which redis-py uses, can swallow a cancellation.
        _, running = await asyncio.wait(running, timeout=STOP_SECONDS)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            logger.error("%s failed while it was stopped", task.get_name(), exc_info=error)


def _report(name: str, run: asyncio.Task[None], pause: float) -> None:
    error = None if run.cancelled() else run.exception()
    # A network that fails is daily business; anything else is a fault of ours and needs its traceback.
    ours = error is not None and not isinstance(error, OSError)
    logger.warning("%s ended (%r), again in %.1f s", name, error, pause, exc_info=error if ours else None)
