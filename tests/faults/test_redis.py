"""Redis is killed, frozen, full, read-only and deaf: nothing is missed, nobody waits for it."""

import time
from collections.abc import Callable

import pytest

from tests.faults import invariant, load
from tests.faults.audience import Audience
from tests.faults.caller import Caller
from tests.faults.conftest import Figure
from tests.faults.installation import Breakable
from tests.faults.load import Measured
from tests.faults.percentiles import in_words, percentile
from tests.faults.redis import PrivateRedis
from tests.journeys.installation import JO
from tests.journeys.waiting import until

# Without Redis the logs are asked every half second. A machine that is busy with other tests takes its time anyway.
LATER_SECONDS = 1.5
SLOWER_SECONDS = 0.5
HUNG_SECONDS = 5.0


def block(redis: PrivateRedis) -> None:
    redis.tell("CLIENT", "PAUSE", 60_000, "ALL")


def fill(redis: PrivateRedis) -> None:
    redis.tell("CONFIG", "SET", "maxmemory", "1mb", "maxmemory-policy", "noeviction")


def forget(redis: PrivateRedis) -> None:
    redis.tell("FLUSHALL")


def cut_listeners_off(redis: PrivateRedis) -> None:
    """One word that is longer than a listener's buffer may be, said to all of them."""
    redis.tell("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32kb 16kb 1")
    for channel in redis.tell("PUBSUB", "CHANNELS"):
        redis.tell("PUBLISH", channel, "x" * 8_000_000)


def make_read_only(redis: PrivateRedis) -> None:
    redis.tell("REPLICAOF", "127.0.0.1", "1")


FAULTS: dict[str, Callable[[PrivateRedis], None]] = {
    "killed": PrivateRedis.kill,
    "frozen": PrivateRedis.freeze,
    "paused": block,
    "full": fill,
    "emptied": forget,
    "cut off from its listeners": cut_listeners_off,
    "a read-only replica": make_read_only,
}
# The few that tell most run with every other test.
SHORT = [(fault, 3, 8, 4.0) for fault in ("killed", "frozen", "cut off from its listeners")]
FULL = [
    pytest.param(fault, 200, 600 if fault in {"killed", "frozen"} else 100, 20.0, marks=pytest.mark.long)
    for fault in FAULTS
]


def is_heard(installation: Breakable) -> bool:
    """Whether every web process hears Redis."""
    names = [f"web-{place}" for place in range(2, len(installation.webs) + 1)]
    return all(installation.metric("inbox_hub_healthy", of=name) == 1 for name in ("web", *names))


@pytest.mark.parametrize(("fault", "sockets", "texts", "per_second"), [*SHORT, *FULL])
def test_nothing_is_missed_and_nobody_waits_while_redis_is(
    installation: Breakable,
    twilio: Caller,
    figure: Figure,
    fault: str,
    sockets: int,
    texts: int,
    per_second: float,
) -> None:
    until(lambda: is_heard(installation))

    def stretch(number: int) -> Measured:
        measured = load.texts(installation, twilio, number=number, per_second=per_second)
        assert measured.statuses == {200}
        until(lambda: all(audience.has_seen(mark) for mark in measured.began))
        return measured

    with Audience(installation, sockets) as audience:
        before = stretch(texts // 4)
        FAULTS[fault](installation.hints)
        during = stretch(texts)
        installation.hints.kill()
        installation.hints.restore()
        until(lambda: is_heard(installation))
        screen = installation.screen(JO, "/inbox?tab=shared")
        after = stretch(texts // 4)
        assert audience.closed == []
        waits = [audience.waits(measured.began) for measured in (before, during, after)]

    assert percentile(waits[1], 0.95) < LATER_SECONDS + 2 * percentile(waits[0], 0.95)
    assert percentile(during.requests, 0.99) < SLOWER_SECONDS + 2 * percentile(before.requests, 0.99)
    assert during.longest < HUNG_SECONDS
    invariant.holds(installation, screens=[screen])
    what = f"Redis {fault}, {sockets} sockets, {per_second:g} texts/s"
    for when, seconds in zip(("before", "during", "after"), waits, strict=True):
        figure(f"{what}: text to socket {when}", in_words(seconds))
    figure(f"{what}: longest request before / during", f"{before.longest:.2f} / {during.longest:.2f} s")


@pytest.mark.parametrize("times", [3, pytest.param(100, marks=pytest.mark.long)])
def test_a_listener_that_is_cut_off_again_and_again_is_back_each_time(
    installation: Breakable, twilio: Caller, figure: Figure, times: int
) -> None:
    until(lambda: is_heard(installation))
    waits: list[float] = []
    with Audience(installation, 2) as audience:
        for _ in range(times):
            installation.hints.tell("CLIENT", "KILL", "TYPE", "pubsub")
            measured = load.texts(installation, twilio, number=1, per_second=1.0)
            until(lambda marks=tuple(measured.began): all(audience.has_seen(mark) for mark in marks))
            waits += audience.waits(measured.began)
        until(lambda: is_heard(installation))
    invariant.holds(installation)
    figure(f"Redis listeners cut off {times} times: text to socket", in_words(waits))


@pytest.mark.long
def test_a_listener_that_listens_where_nobody_speaks_notices_it(
    installation: Breakable, twilio: Caller, figure: Figure
) -> None:
    """Every line is healthy and answers pings, but what is published goes to another Redis."""
    elsewhere, line = PrivateRedis(), installation.lines["redis"]
    elsewhere.start_and_wait()
    everyone = len(_listeners(installation.hints))
    with Audience(installation, 2) as audience:
        line.target_port = elsewhere.port
        installation.hints.tell("CLIENT", "KILL", "TYPE", "pubsub")
        until(lambda: len(_listeners(elsewhere)) == everyone)
        line.target_port = installation.hints.port
        # Whoever speaks there by now speaks here again.
        elsewhere.tell("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        began = time.monotonic()

        measured = load.texts(installation, twilio, number=20, per_second=2.0)
        until(lambda: len(_listeners(installation.hints)) == everyone, seconds=30)
        deaf = time.monotonic() - began
        until(lambda: is_heard(installation))
        until(lambda: all(audience.has_seen(mark) for mark in measured.began))
        waits = audience.waits(measured.began)
    elsewhere.kill()
    invariant.holds(installation)
    figure("Redis listeners where nobody speaks: noticed after", f"{deaf:.1f} s")
    figure("Redis listeners where nobody speaks: text to socket", in_words(waits))


def _listeners(redis: PrivateRedis) -> list[str]:
    return [line for line in str(redis.tell("CLIENT", "LIST", "TYPE", "pubsub")).splitlines() if line]
