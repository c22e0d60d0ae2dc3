"""The server's end: it drains while it answers, a second signal hurries it, and nothing keeps it from ending."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from inbox.server import Drain, Server, listen, server
from tests.clients import LOCAL
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio


@dataclass
class Running:
    """A server, the task it runs in, and a client that keeps its connection."""

    server: Server
    task: asyncio.Task[None]
    client: httpx2.AsyncClient
    go_on: asyncio.Event
    """What slow requests wait for."""

    def signal(self) -> None:
        """What the process does when SIGTERM comes."""
        self.server.handle_exit(signal.SIGTERM, None)


async def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


async def slow(request: Request) -> Response:
    await request.app.state.go_on.wait()
    return PlainTextResponse("at last")


@contextlib.asynccontextmanager
async def running(drain: Drain) -> AsyncIterator[Running]:
    """A server that has begun to serve."""
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    app = Starlette(routes=[Route("/", hello), Route("/slow", slow)])
    app.state.go_on = go_on = asyncio.Event()
    serving = server(app, host="127.0.0.1", port=port, drain=drain)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    await until(lambda: serving.started)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", **LOCAL) as client:
        yield Running(serving, task, client, go_on)
    await asyncio.wait_for(task, 10)


async def test_requests_are_answered_until_draining_is_over_each_as_the_last_of_its_connection() -> None:
    began, drained = asyncio.Event(), asyncio.Event()

    async def drain() -> None:
        began.set()
        await drained.wait()

    async with running(drain) as run:
        assert "Connection" not in (await run.client.get("/")).headers
        run.signal()
        await began.wait()
        for _ in range(3):
            answer = await run.client.get("/")
            assert (answer.text, answer.headers["Connection"]) == ("hello", "close")

        drained.set()

        await run.task
        with pytest.raises(httpx2.ConnectError):
            await run.client.get("/")


async def test_a_request_under_way_is_answered_though_nobody_can_connect_any_more() -> None:
    async def drain() -> None:
        return None

    async with running(drain) as run:
        under_way = asyncio.create_task(run.client.get("/slow"))
        await until(lambda: run.server.server_state.tasks)

        run.signal()
        await until(lambda: not run.server.servers[0].is_serving())
        run.go_on.set()

        assert (await under_way).text == "at last"
        await run.task


async def test_a_second_signal_cuts_draining_short() -> None:
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def drain() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with running(drain) as run:
        run.signal()
        await began.wait()
        assert not run.task.done()

        run.signal()

        await asyncio.wait_for(run.task, 5)
        assert cancelled.is_set()
        assert not run.server.force_exit


async def test_a_third_signal_waits_for_nothing() -> None:
    async def drain() -> None:
        await asyncio.Event().wait()

    async with running(drain) as run:
        for _ in range(3):
            run.signal()
        assert run.server.force_exit


async def test_draining_that_fails_is_told_and_the_server_ends_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    async def drain() -> None:
        raise RuntimeError("the hub is broken")

    async with running(drain) as run:
        run.signal()
        await asyncio.wait_for(run.task, 5)
    assert "the hub is broken" in capsys.readouterr().out
