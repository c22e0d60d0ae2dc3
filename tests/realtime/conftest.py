"""Hubs over played logs, and a Redis to break."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from realtime.backend import connect_broadcast
from realtime.hub import Hub
from tests.faults.redis import PrivateRedis
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
        hub = Hub(connect_broadcast(url), log, options.pop("render", render), **options)
        await hub.start()
        try:
            yield hub
        finally:
            await hub.stop()

    return started


@pytest.fixture
def stopped_redis() -> Iterator[PrivateRedis]:
    redis = PrivateRedis()
    yield redis
    redis.kill()


@pytest.fixture
def private_redis(stopped_redis: PrivateRedis) -> PrivateRedis:
    stopped_redis.start_and_wait()
    return stopped_redis
