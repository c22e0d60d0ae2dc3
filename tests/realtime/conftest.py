"""Hubs over played logs, and a Redis to break."""

import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio.to_thread
import pytest

from realtime.backend import connect_broadcast
from realtime.hub import Hub
from tests import services
from tests.realtime.played import PlayedLog, PlayedRender

NewHub = Callable[..., contextlib.AbstractAsyncContextManager[Hub]]


@pytest.fixture
def log() -> PlayedLog:
    return PlayedLog()


@pytest.fixture
def render() -> PlayedRender:
    return PlayedRender()


@pytest.fixture
def new_hub(log: PlayedLog, render: PlayedRender) -> NewHub:
    """Start hubs over the played log; they stop at the end of their block."""

    @contextlib.asynccontextmanager
    async def started(url: str = "memory://", **options: Any) -> AsyncIterator[Hub]:
        hub = Hub(connect_broadcast(url), log, render, **options)
        await hub.start()
        try:
            yield hub
        finally:
            await hub.stop()

    return started


class PrivateRedis:
    """A Redis of this test alone, to be killed, frozen and started again on the same port."""

    def __init__(self) -> None:
        self.port = services.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        await anyio.to_thread.run_sync(self.start_and_wait)

    def start_and_wait(self) -> None:
        self._process = services.start_redis(self.port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@pytest.fixture
def stopped_redis() -> Iterator[PrivateRedis]:
    redis = PrivateRedis()
    yield redis
    redis.kill()


@pytest.fixture
def private_redis(stopped_redis: PrivateRedis) -> PrivateRedis:
    stopped_redis.start_and_wait()
    return stopped_redis
