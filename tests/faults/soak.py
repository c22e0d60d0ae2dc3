"""A production installation in use, with a fault each minute, and what it is like afterwards.

`make soak MINUTES=10 SEED=1`; the same seed draws the same faults. Ends with code 1 when a promise was broken.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from tests.faults import footprint, invariant
from tests.faults.crowd import Crowd
from tests.faults.footprint import Footprint
from tests.faults.installation import Breakable, production
from tests.faults.nemesis import Nemesis

FAULT_EACH_SECONDS = 60.0
SAMPLE_EACH_SECONDS = 5.0
# Two leases, two looks at Twilio's list and one more sending lie between a crash and the last word on a text.
SETTLED_SECONDS = 420.0
# What such faults may bring into a log as a traceback: none today that an operator has to look at.
EXPECTED = ("Unavailable", "Connect", "ConnectionRefused", "ConnectionReset")
# These live for the whole run; the others are killed.
WATCHED = ("web-2", "worker-2", "sandbox")


def main() -> int:
    """Run for so many minutes; 0 when everything was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        production(Path(folder), workers=2, through=("postgres", "redis", "twilio")) as installation,
    ):
        try:
            soak(installation, minutes=asked.minutes, seed=asked.seed)
        except AssertionError as error:
            say(f"BROKEN with seed {asked.seed}: {error}")
            return 1
    return 0


def soak(installation: Breakable, *, minutes: float, seed: int) -> None:
    """Raises AssertionError when a promise was broken."""
    nemesis, crowd, samples = Nemesis(seed), Crowd(installation, seed), Samples(installation)
    end = time.monotonic() + 60 * minutes
    say(f"Soak for {minutes:g} minutes with seed {seed}.")
    crowd.start()
    with samples:
        while (next_fault := time.monotonic() + FAULT_EACH_SECONDS / 2) < end:
            wait_until(next_fault)
            say(nemesis.strike(installation))
            wait_until(min(end, next_fault + FAULT_EACH_SECONDS / 2))
        wait_until(end)
    crowd.stop()
    installation.restore()
    began = time.monotonic()
    crowd.screen.disconnect()
    crowd.screen.connect()
    invariant.holds(installation, screens=[crowd.screen], expected=EXPECTED, seconds=SETTLED_SECONDS)
    stored = {row[0] for row in installation.ask("select cast(id as text) from messages where direction = 'out'")}
    assert crowd.promised <= stored, f"replies that were promised are gone: {crowd.promised - stored}"
    for what, count in sorted(crowd.counts.items()):
        say(f"figure: {what}  {count:,}")
    say(f"figure: lost, doubled, sent twice  0, 0, 0; settled {time.monotonic() - began:.0f} s after the end")
    for name, found in samples.of.items():
        say(f"figure: {name}: {footprint.growth(found)}")


class Samples:
    """What the processes that live on hold, noted every few seconds."""

    def __init__(self, installation: Breakable) -> None:
        self._installation = installation
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="samples", daemon=True)
        self.of: defaultdict[str, list[Footprint]] = defaultdict(list)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while footprint.KNOWN and not self._ended.wait(SAMPLE_EACH_SECONDS):
            for name in WATCHED:
                process = self._installation.processes.process(name)
                self.of[name].append(footprint.of(process, time.monotonic()))


def wait_until(moment: float) -> None:
    """Until this moment of the monotonic clock."""
    time.sleep(max(0.0, moment - time.monotonic()))


def say(words: str) -> None:
    """A line with the time."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
