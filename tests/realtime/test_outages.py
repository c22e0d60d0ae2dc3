"""Hubs of several processes through the outages of Redis: slower for a moment, never deaf."""

import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from realtime.hub import Hub
from tests.faults.redis import PrivateRedis
from tests.realtime.conftest import NewHub
from tests.realtime.played import PlayedLog, PlayedWire, Reader, played_socket
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def two_hubs(new_hub: NewHub, url: str, log: PlayedLog) -> AsyncIterator[tuple[Hub, Hub, list[Reader]]]:
    """Two hubs with a reader each; polling is so rare that only hints and outages explain what they see."""
    async with new_hub(url, poll_seconds=60.0) as here, new_hub(url, poll_seconds=60.0) as there:
        readers = [Reader(log.end()), Reader(log.end())]
        await _join(here, readers[0])
        await _join(there, readers[1])
        yield here, there, readers


async def _join(hub: Hub, reader: Reader) -> PlayedWire:
    socket, wire = played_socket(reader)
    await hub.join(socket, "org", {"list": (reader.topic, reader.cursor)}, ("user",))
    await until(lambda: reader.beats)
    return wire


async def test_what_one_process_announces_the_other_shows(new_hub: NewHub, log: PlayedLog, redis_url: str) -> None:
    async with two_hubs(new_hub, redis_url, log) as (here, there, readers):
        assert here.state.healthy
        assert there.state.healthy

        log.write()
        here.announce("org")

        assert await until(lambda: [reader.taken for reader in readers] == [[1], [1]]) < 1.0


async def test_who_asked_hears_each_channel_that_any_process_announces(new_hub: NewHub, redis_url: str) -> None:
    async with new_hub(redis_url) as here, new_hub(redis_url) as there:
        heard_here: list[str] = []
        heard_there: list[str] = []
        here.on_hint(heard_here.append)
        there.on_hint(heard_there.append)

        here.announce("nobody watches this")

        assert heard_here == ["nobody watches this"]
        await until(lambda: heard_there == ["nobody watches this"])


async def test_installations_with_other_names_do_not_hear_each_other(
    new_hub: NewHub, log: PlayedLog, redis_url: str
) -> None:
    async with new_hub(redis_url, name="one:events") as one, new_hub(redis_url, name="two:events") as two:
        one_reader, two_reader = Reader(log.end()), Reader(log.end())
        await _join(one, one_reader)
        wire = await _join(two, two_reader)

        one.dismiss("user")
        log.write()
        one.announce("org")
        two.announce("nothing")

        await until(lambda: two.state.last_hint_age < one.state.last_hint_age)
        assert wire.closed_with is None
        assert two_reader.taken == []


async def test_a_dismissal_reaches_the_sockets_of_every_process(
    new_hub: NewHub, log: PlayedLog, redis_url: str
) -> None:
    async with new_hub(redis_url) as here, new_hub(redis_url) as there:
        wires = [await _join(here, Reader()), await _join(there, Reader())]

        here.dismiss("user")

        await until(lambda: [wire.closed_with for wire in wires] == [4401, 4401])


async def test_a_dismissal_during_an_outage_is_told_afterwards(
    new_hub: NewHub, log: PlayedLog, private_redis: PrivateRedis
) -> None:
    async with new_hub(private_redis.url) as here, new_hub(private_redis.url) as there:
        wire = await _join(there, Reader())
        private_redis.freeze()
        await until(lambda: not here.state.healthy and not there.state.healthy)
        here.dismiss("user")

        private_redis.thaw()

        await until(lambda: wire.closed_with == 4401)


async def test_nothing_is_missed_while_redis_is_killed_and_restarted(
    new_hub: NewHub, log: PlayedLog, private_redis: PrivateRedis
) -> None:
    async with two_hubs(new_hub, private_redis.url, log) as (here, there, readers):
        private_redis.kill()
        for number in range(1, 6):
            log.write()
            here.announce("org")
            await until(lambda number=number: all(reader.taken[-1:] == [number] for reader in readers), seconds=3.0)

        await private_redis.start()
        await until(lambda: here.state.healthy and there.state.healthy)
        log.write()
        here.announce("org")

        await until(lambda: all(reader.taken == [1, 2, 3, 4, 5, 6] for reader in readers), seconds=3.0)
        assert sum(reader.gaps + reader.resyncs for reader in readers) == 0


async def test_a_frozen_redis_delays_nobody_by_more_than_its_polling(
    new_hub: NewHub, log: PlayedLog, private_redis: PrivateRedis
) -> None:
    async with two_hubs(new_hub, private_redis.url, log) as (here, _, readers):
        private_redis.freeze()
        for number in range(1, 6):
            log.write()
            began = time.monotonic()
            here.announce("org")
            assert time.monotonic() - began < 0.1
            assert await until(lambda number=number: readers[0].taken[-1:] == [number]) < 1.0
            assert await until(lambda number=number: readers[1].taken[-1:] == [number]) < 1.5
        private_redis.thaw()


async def test_a_hub_whose_listener_redis_cuts_off_reads_what_it_missed(
    new_hub: NewHub, log: PlayedLog, private_redis: PrivateRedis
) -> None:
    async with two_hubs(new_hub, private_redis.url, log) as (here, _, readers):
        async with Redis.from_url(private_redis.url) as admin:
            await admin.client_kill_filter(_type="pubsub")
        # Not announced: who finds it has looked because of the cut.
        log.write()
        await until(lambda: all(reader.taken == [1] for reader in readers), seconds=3.0)

        log.write()
        here.announce("org")
        await until(lambda: all(reader.taken == [1, 2] for reader in readers))


async def test_hubs_start_without_redis_and_hear_each_other_once_it_is_there(
    new_hub: NewHub, log: PlayedLog, stopped_redis: PrivateRedis
) -> None:
    async with two_hubs(new_hub, stopped_redis.url, log) as (here, there, readers):
        assert not here.state.healthy
        log.write()
        here.announce("org")
        await until(lambda: all(reader.taken == [1] for reader in readers), seconds=3.0)

        await stopped_redis.start()
        await until(lambda: here.state.healthy and there.state.healthy, seconds=8)
        log.write()
        here.announce("org")

        await until(lambda: all(reader.taken == [1, 2] for reader in readers), seconds=3.0)


async def test_a_strangers_words_on_our_channel_do_no_harm(new_hub: NewHub, log: PlayedLog, redis_url: str) -> None:
    nonsense = ("", "{", "[]", "7", '{"channels": 7}', '{"channels": [7, null], "dismiss": {"a": 1}}', "\x00")
    async with two_hubs(new_hub, redis_url, log) as (here, _, readers):
        async with Redis.from_url(redis_url) as stranger:
            for word in nonsense:
                await stranger.publish("events", word)

        log.write()
        here.announce("org")

        await until(lambda: all(reader.taken == [1] for reader in readers))


async def test_a_thousand_announcements_become_a_few_messages(
    new_hub: NewHub, log: PlayedLog, private_redis: PrivateRedis
) -> None:
    async with two_hubs(new_hub, private_redis.url, log) as (here, _, readers):
        async with Redis.from_url(private_redis.url) as admin:
            before = (await admin.info("commandstats"))["cmdstat_publish"]["calls"]
            for _ in range(1000):
                log.write()
                here.announce("org")
            await until(lambda: all(len(reader.taken) == 1000 for reader in readers))
            after = (await admin.info("commandstats"))["cmdstat_publish"]["calls"]

        assert after - before < 10


async def test_what_was_announced_last_is_still_told_when_a_process_stops(
    new_hub: NewHub, log: PlayedLog, redis_url: str
) -> None:
    async with new_hub(redis_url, poll_seconds=60.0) as stays:
        reader = Reader(log.end())
        await _join(stays, reader)
        async with new_hub(redis_url) as stops:
            log.write()
            stops.announce("org")

        await until(lambda: reader.taken == [1])


def test_announcing_before_the_start_and_without_a_loop_raises_nothing(log: PlayedLog) -> None:
    from realtime.backend import connect_broadcast
    from tests.realtime.played import PlayedRender

    hub = Hub(connect_broadcast("redis://127.0.0.1:1"), log, PlayedRender())

    hub.announce("org")
    hub.dismiss("user")
