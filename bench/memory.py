"""What an open inbox costs in memory: 9,000 of them at rest, and after some events have passed through."""

from bench import processes
from bench.contest import Figures, Goal, contest
from bench.fanout import stages
from bench.live.crowd import Crowd, crowd
from bench.live.seats import mark
from bench.live.servers import Served
from bench.report import Report

SIZE = 9_000
# Sockets that are opened first, so that what a server loads with its first ones is not counted.
FIRST = 100
EVENTS = 5
KIB = 1024

GOALS = (Goal("KiB a socket", at_most=20), Goal("KiB a socket after events", at_most=20))


def measure(rounds: int) -> list[Report]:
    """The growth of each server's memory, divided by the sockets."""
    with stages() as scene:
        title = f"Memory of {SIZE:,} open inboxes"
        return [contest(title, scene.contenders(play, SIZE), rounds=rounds, goals=GOALS)]


def play(served: Served, size: int) -> Figures:
    """Open some, look, open the rest and look again; then let events pass and look once more."""
    with crowd() as audience:
        audience.open(served.port, served.seats[:FIRST])
        _pass(served, audience, first=10)
        empty = processes.usage(served.process)
        audience.open(served.port, served.seats[FIRST:])
        full = processes.usage(served.process)
        _pass(served, audience, first=10 + EVENTS)
        used = processes.usage(served.process)
    many = size - FIRST
    return {
        "KiB a socket": (full.rss - empty.rss) / many / KIB,
        "KiB a socket after events": (used.rss - empty.rss) / many / KIB,
        "MiB in all": used.pss / KIB / KIB,
    }


def _pass(served: Served, audience: Crowd, *, first: int) -> None:
    for number in range(first, first + EVENTS):
        audience.expect(number)
        served.announce(mark(number))
        audience.arrivals()
