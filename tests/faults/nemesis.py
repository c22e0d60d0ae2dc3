"""Faults drawn by a seed: what breaks, for how long, and that it is whole again."""

import random
import time
from collections.abc import Callable

from tests.faults.installation import Breakable
from tests.faults.postgres import PrivatePostgres
from tests.faults.redis import PrivateRedis

SHORTEST_SECONDS, LONGEST_SECONDS = 3.0, 15.0

Fault = Callable[[Breakable], None]


def _twilio(kind: str, times: int, **more: object) -> Fault:
    def begin(installation: Breakable) -> None:
        installation.sandbox.post("/sandbox/faults", json={"kind": kind, "times": times, **more})

    return begin


# The second process of each kind lives on, so that what it holds can be watched for the whole run.
FAULTS: dict[str, Fault] = {
    "Redis killed": lambda installation: PrivateRedis.kill(installation.hints),
    "Redis frozen": lambda installation: PrivateRedis.freeze(installation.hints),
    "PostgreSQL crashed": lambda installation: PrivatePostgres.crash(installation.database),
    "PostgreSQL frozen": lambda installation: PrivatePostgres.freeze(installation.database),
    "web killed": lambda installation: installation.processes.kill("web"),
    "worker killed": lambda installation: installation.processes.kill("worker"),
    "line to PostgreSQL cut": lambda installation: installation.lines["postgres"].cut(),
    "line to Redis held": lambda installation: installation.lines["redis"].hold(),
    "line to Twilio refused": lambda installation: installation.lines["twilio"].refuse(),
    "Twilio too busy": _twilio("throttle", 10, retry_after=1),
    "Twilio hangs after it accepted": _twilio("hang_after_accept", 2, seconds=20),
    "Twilio resets after it accepted": _twilio("reset_after_accept", 4),
    "Twilio resets before it accepted": _twilio("reset", 4),
    "Twilio repeats its reports": _twilio("duplicate_callbacks", 20),
}


class Nemesis:
    """Draws faults until every one has had its turn, then anew; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._waiting: list[str] = []

    def strike(self, installation: Breakable) -> str:
        """Break something for some seconds and make it whole again; what and how long, in words."""
        if not self._waiting:
            self._waiting = self._chance.sample(sorted(FAULTS), len(FAULTS))
        name, seconds = self._waiting.pop(), self._chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
        FAULTS[name](installation)
        time.sleep(seconds)
        began = time.monotonic()
        installation.restore()
        return f"{name} for {seconds:.0f} s, whole again after {time.monotonic() - began:.1f} s"
