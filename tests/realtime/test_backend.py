"""A broadcast over Redis that may be late, die, freeze, drop us, or stop carrying what we publish."""

import asyncio
import contextlib
import itertools
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import uvloop
from broadcaster import Broadcast
from redis.asyncio import Redis

from realtime import backend
from realtime.backend import GAP, LOST, ReliableRedis, connect_broadcast
from tests import services
from tests.faults.redis import PrivateRedis
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[Broadcast, ReliableRedis, list[str]]]:
    """A connected broadcast and what its one subscriber hears."""
    redis = ReliableRedis(url)
    broadcast = Broadcast(backend=redis)
    heard: list[str] = []

    async def listen() -> None:
        async with broadcast.subscribe("hints") as subscriber:
            while True:
                heard.append((await subscriber.get()).message)

    await broadcast.connect()
    listener = asyncio.create_task(listen())
    try:
        yield broadcast, redis, heard
    finally:
        listener.cancel()
        await asyncio.wait((listener,))
        await broadcast.disconnect()


async def heard_again(broadcast: Broadcast, heard: list[str], word: str) -> float:
    """Publish until the word arrives; the answer is how many seconds that took."""
    began = time.monotonic()

    async def keep_saying() -> None:
        while True:
            with contextlib.suppress(ConnectionError):
                await broadcast.publish("hints", word)
            await asyncio.sleep(0.02)

    saying = asyncio.create_task(keep_saying())
    try:
        await until(lambda: word in heard, seconds=10)
    finally:
        saying.cancel()
        await asyncio.wait((saying,))
    return time.monotonic() - began


@pytest.mark.parametrize("url", ["", "redis", "postgres://h/d", "redis-stream://h", "http://h"])
def test_an_unknown_broadcast_url_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match=r"memory://, redis:// or rediss://"):
        connect_broadcast(url)


async def test_memory_carries_messages_within_the_process() -> None:
    async with connect_broadcast("memory://") as broadcast, broadcast.subscribe("hints") as subscriber:
        await broadcast.publish("hints", "hello")

        assert (await subscriber.get()).message == "hello"


async def test_the_first_subscriber_hears_the_first_message(private_redis: PrivateRedis) -> None:
    async with connect_broadcast(private_redis.url) as broadcast, broadcast.subscribe("hints") as subscriber:
        await broadcast.publish("hints", "first")
        messages = [(await subscriber.get()).message for _ in range(2)]

    assert messages == [GAP, "first"]


async def test_a_thousand_messages_arrive_in_order(private_redis: PrivateRedis) -> None:
    async with listening(private_redis.url) as (broadcast, redis, heard):
        await until(lambda: redis.healthy)
        for number in range(1000):
            await broadcast.publish("hints", str(number))

        await until(lambda: heard == [GAP, *map(str, range(1000))])


async def test_messages_of_other_channels_are_not_heard(private_redis: PrivateRedis) -> None:
    async with listening(private_redis.url) as (broadcast, redis, heard):
        await until(lambda: redis.healthy)
        await broadcast.publish("other hints", "no")
        await broadcast.publish("hints", "yes")

        await until(lambda: heard[-1] == "yes")
        assert "no" not in heard


async def test_a_redis_that_was_killed_is_heard_again_after_a_gap(private_redis: PrivateRedis) -> None:
    async with listening(private_redis.url) as (broadcast, redis, heard):
        await until(lambda: redis.healthy)
        private_redis.kill()
        await until(lambda: not redis.healthy and heard[-1] == LOST)
        heard.clear()

        await private_redis.start()

        assert await heard_again(broadcast, heard, "back") < 4.0
        assert heard[0] == GAP


async def test_a_listener_cut_off_by_redis_comes_back_at_once(private_redis: PrivateRedis) -> None:
    async with listening(private_redis.url) as (broadcast, redis, heard):
        await until(lambda: redis.healthy)
        async with Redis.from_url(private_redis.url) as admin:
            for number in range(5):
                heard.clear()
                await admin.client_kill_filter(_type="pubsub")
                await until(lambda: GAP in heard)
                assert await heard_again(broadcast, heard, f"cut {number}") < 4.0


async def test_a_redis_that_comes_late_is_found(stopped_redis: PrivateRedis) -> None:
    began = time.monotonic()
    async with listening(stopped_redis.url) as (broadcast, redis, heard):
        assert time.monotonic() - began < 0.5
        with pytest.raises(ConnectionError):
            await broadcast.publish("hints", "into the void")
        assert not redis.healthy

        await stopped_redis.start()
        await heard_again(broadcast, heard, "found")

        assert redis.healthy
        assert heard[0] == GAP


async def test_a_frozen_redis_is_noticed_within_a_second_and_believed_again_when_it_thaws(
    private_redis: PrivateRedis,
) -> None:
    async with listening(private_redis.url) as (_, redis, heard):
        await until(lambda: redis.healthy)

        private_redis.freeze()
        assert await until(lambda: heard[-1:] == [LOST]) < 1.5
        private_redis.thaw()

        await until(lambda: redis.healthy and heard[-1] == GAP)


async def test_a_silent_redis_stays_healthy_by_its_answers(private_redis: PrivateRedis) -> None:
    async with listening(private_redis.url) as (_, redis, heard):
        await until(lambda: redis.healthy)
        before = redis.last_heard

        await until(lambda: redis.last_heard > before + 1.0)

        assert heard == [GAP]


async def test_a_listener_loop_that_ends_is_started_again(private_redis: PrivateRedis) -> None:
    async with listening(private_redis.url) as (broadcast, redis, heard):
        await until(lambda: redis.healthy)
        supervisor_and_loop = [task for task in asyncio.all_tasks() if task.get_name() == "redis listener"]
        assert len(supervisor_and_loop) == 1

        supervisor_and_loop[0].cancel()

        await until(lambda: LOST in heard)
        await heard_again(broadcast, heard, "still here")


async def test_a_connection_off_the_way_of_published_messages_is_found_out(
    private_redis: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "PROBE_EVERY_SECONDS", 0.2)
    monkeypatch.setattr(backend, "PROBE_LIMIT_SECONDS", 0.5)
    other = PrivateRedis()
    await other.start()
    try:
        async with _switch(private_redis.port) as switch, listening(switch.url) as (broadcast, redis, heard):
            await heard_again(broadcast, heard, "by the first")

            # As in a failover: new connections reach the other Redis, the listening one still answers pings.
            switch.port = other.port
            async with Redis.from_url(private_redis.url) as admin:
                await admin.client_kill_filter(_type="normal")
            heard.clear()

            await until(lambda: LOST in heard and GAP in heard)
            await heard_again(broadcast, heard, "by the other")
            assert redis.healthy
    finally:
        other.kill()


def test_a_redis_that_hangs_up_in_the_middle_raises_one_kind_of_error() -> None:
    async def publish(port: int) -> set[type[BaseException]]:
        redis = ReliableRedis(f"redis://127.0.0.1:{port}/0")
        results = [await asyncio.gather(redis.publish("hints", "word"), return_exceptions=True) for _ in range(300)]
        return {type(result) for (result,) in results if result is not None}

    with _hanging_up() as port, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(publish(port)) == {ConnectionError}


@contextlib.contextmanager
def _hanging_up() -> Iterator[int]:
    """The port of a server that resets each connection, every second one after it read something."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            for number in itertools.count():
                connection, _ = server.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                with connection, contextlib.suppress(ConnectionError):
                    if number % 2:
                        connection.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            serving.join()


class _Switch:
    """An address whose new connections go to whichever port is set."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.own_port = services.free_port()
        self.url = f"redis://127.0.0.1:{self.own_port}/0"

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(_pour(reader, there_writer), _pour(there_reader, writer))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def _switch(port: int) -> AsyncIterator[_Switch]:
    switch = _Switch(port)
    server = await asyncio.start_server(switch.connect, "127.0.0.1", switch.own_port)
    try:
        yield switch
    finally:
        server.close()
        await server.wait_closed()
