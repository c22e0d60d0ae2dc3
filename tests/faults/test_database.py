"""PostgreSQL crashes or freezes under load: every text is answered in time, stored once, where it belongs."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count

import pytest

from tests.faults import invariant
from tests.faults.caller import Caller
from tests.faults.conftest import Figure
from tests.faults.installation import Breakable
from tests.journeys.installation import JO
from tests.journeys.screen import Screen
from tests.journeys.waiting import until

PER_SECOND = 20.0
# 3 s for the database, 1 s for a look at it, and the time of a busy machine.
ANSWER_SECONDS = 8.0
# Of a minute's texts; the processes of other tests may leave these little of the machine.
DRAIN_SECONDS = 30.0
LONGEST_SECONDS = 90.0
# What an outage rightly leaves in the logs, once for each part that needs the database.
EXPECTED = ("Unavailable", "asyncpg")

_every: Iterator[int] = count(1)


@dataclass(frozen=True)
class Told:
    """A text that Twilio told of: when, and what it was answered after how long."""

    body: str
    began: float
    seconds: float
    status: int | None


@contextmanager
def stream(installation: Breakable, twilio: Caller) -> Iterator[list[Told]]:
    """Texts at an even pace to all web processes in turn, until the end of the block; all answers are there then."""
    told: list[Told] = []
    ended = threading.Event()

    def text(place: int, body: str) -> None:
        began, start = time.time(), time.monotonic()
        form = twilio.text(f"+4477009005{place % 50:02d}", body)
        status = twilio.call(form, web=place % len(installation.webs))
        told.append(Told(body, began, time.monotonic() - start, status))

    def tell() -> list[Future[None]]:
        calls = []
        with ThreadPoolExecutor(100) as pool:
            while not ended.wait(1 / PER_SECOND):
                place = next(_every)
                calls.append(pool.submit(text, place, f"Text no. {place + 100_000}"))
        return calls

    with ThreadPoolExecutor(1) as teller:
        telling = teller.submit(tell)
        try:
            yield told
        finally:
            ended.set()
            for call in telling.result():
                call.result()


def read_until(screen: Screen, happens: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Wait for something while the screen takes what comes: a socket that nobody reads is closed after a while."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        with suppress(AssertionError):
            screen.until(lambda _: happens(), seconds=0.2)


def said(screen: Screen) -> list[object]:
    """What the screen was told of the database, in order: whether it is well."""
    return [signal["well"] for signal in screen.signals if signal["t"] == "source"]


FULL = (("freeze", 6.0), ("crash", 60.0), ("freeze", 60.0))


def waiting(installation: Breakable) -> int:
    """How many calls lie in the spool, which the web processes share."""
    return sum(1 for file in (installation.processes.folder / "var" / "spool").glob("*.call"))


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ("crash", 6.0),
        *(pytest.param(fault, seconds, marks=pytest.mark.long) for fault, seconds in FULL),
    ],
)
def test_texts_that_come_while_postgresql_is_away_are_all_there_in_their_place_afterwards(
    installation: Breakable, twilio: Caller, figure: Figure, fault: str, seconds: float
) -> None:
    twilio.call(twilio.text("+447700900599", "Both processes know the channel"), web=0)
    twilio.call(twilio.text("+447700900599", "Both processes know the channel"), web=1)
    screen = installation.screen(JO, "/inbox?tab=shared")
    with stream(installation, twilio) as told:
        read_until(screen, lambda: len(told) > 20)
        getattr(installation.database, fault)()
        ends = time.monotonic() + seconds
        read_until(screen, lambda: time.monotonic() > ends, seconds=seconds + 5)
        kept = waiting(installation)
        installation.database.restore()
        back = time.monotonic()
        read_until(screen, lambda: not waiting(installation), seconds=LONGEST_SECONDS)
        drained = time.monotonic() - back
    screen.until(Screen.shows_what_a_fresh_page_shows, seconds=LONGEST_SECONDS)
    shown = time.monotonic() - back
    acknowledged = [text for text in told if text.status == 200]
    # A server that was frozen for a moment may thaw before anybody is sure; a page is told it is back a look later.
    is_brief = fault == "freeze" and seconds < ANSWER_SECONDS
    screen.until(lambda seen: said(seen) == [False, True] or (is_brief and not said(seen)), seconds=ANSWER_SECONDS)

    assert drained < DRAIN_SECONDS or seconds < DRAIN_SECONDS
    assert kept > PER_SECOND * seconds / 3
    odd = [text for text in told if text.status not in {200, 503}]
    assert not odd, "\n".join([str(odd), *invariant.unexpected_traces(installation)])
    assert max(text.seconds for text in told) < ANSWER_SECONDS
    stands_where_it_came(installation, acknowledged)
    invariant.holds(installation, screens=[screen], expected=EXPECTED)
    what = f"PostgreSQL: {fault} for {seconds:g} s under {PER_SECOND:g} texts/s"
    figure(f"{what}: told / answered 200 / kept in the spool", f"{len(told)} / {len(acknowledged)} / {kept}")
    figure(f"{what}: longest answer", f"{max(text.seconds for text in told):.2f} s")
    figure(f"{what}: back until the spool was empty", f"{drained:.1f} s ({kept / drained:.0f} calls/s)")
    figure(f"{what}: back until everything was shown", f"{shown:.1f} s")


def test_processes_killed_while_they_drain_store_nothing_twice_and_lose_nothing(
    installation: Breakable, twilio: Caller, figure: Figure
) -> None:
    with stream(installation, twilio) as told:
        until(lambda: len(told) > 10)
        installation.database.crash()
        until(lambda: waiting(installation) >= 100)
        installation.database.restore()
        most = waiting(installation)
        kills = 0
        deadline = time.monotonic() + LONGEST_SECONDS
        while waiting(installation) and kills < 3 and time.monotonic() < deadline:
            if waiting(installation) < most - 10 * kills:
                for name in ("web", "web-2"):
                    installation.processes.kill(name)
                kills += 1
                for name in ("web", "web-2"):
                    installation.start(name)
        until(lambda: not waiting(installation), seconds=LONGEST_SECONDS)
    assert kills
    acknowledged = [text for text in told if text.status == 200]
    assert {text.status for text in told} <= {200, 503, None}
    stands_where_it_came(installation, acknowledged)
    invariant.holds(installation, expected=EXPECTED)
    figure("kill -9 while the spool drained: kills / kept / doubled / lost", f"{kills} / {most} / 0 / 0")


def stands_where_it_came(installation: Breakable, acknowledged: list[Told]) -> None:
    """Each of them is stored once, at the moment at which Twilio told of it."""
    rows = installation.ask("select body, extract(epoch from at) from messages where left(body, 8) = 'Text no.'")
    moments = {body: float(at) for body, at in rows}
    assert len(moments) == len(rows)
    missing = [text for text in acknowledged if text.body not in moments]
    assert missing == []
    elsewhere = [text for text in acknowledged if not -0.2 < moments[text.body] - text.began < text.seconds + 0.2]
    assert elsewhere == []
