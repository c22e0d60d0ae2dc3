"""A real uvicorn in the loop of the test, with one WebSocket route in front of a hub."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect

from realtime.cursor import Cursor
from realtime.hub import Hub
from realtime.socket import Socket, serve
from tests.realtime.waiting import until

OWN_PROTOCOL = "realtime.server:LiveProtocol"
UVICORNS_PROTOCOL = "websockets-sansio"


class LiveServer:
    """`/live?topic=…&since=…&key=…`; a browser's `{"topic", "since"}` changes what the slot "list" watches."""

    def __init__(self, hub: Hub, port: int, protocol: str) -> None:
        self.hub = hub
        self.protocol = protocol
        self.url = f"ws://127.0.0.1:{port}/live"
        self.messages: list[dict[str, Any]] = []
        self.served = 0
        self.wires: list[Any] = []
        self.app = Starlette(routes=[WebSocketRoute("/live", self._live)])

    def connect(self, topic: str = "everything", since: Cursor | None = None, key: str = "user") -> connect:
        """A client's connection, to be awaited or entered; compression would only hide the sizes of frames."""
        query = f"?topic={topic}&key={key}" + (f"&since={since}" if since else "")
        return connect(self.url + query, compression=None, max_size=None)

    async def _live(self, websocket: WebSocket) -> None:
        await websocket.accept()
        since = Cursor.parse(websocket.query_params.get("since", ""))
        self.wires.append(websocket.scope["extensions"].get("realtime.wire"))
        self.served += 1
        await serve(
            websocket,
            self.hub,
            channel="org",
            topics={"list": (websocket.query_params["topic"], since)},
            keys=(websocket.query_params["key"],),
            on_message=self._take,
            on_end=self._end,
        )

    def _end(self) -> None:
        self.served -= 1

    async def _take(self, socket: Socket, message: dict[str, Any]) -> None:
        self.messages.append(message)
        if "topic" in message:
            since = Cursor.parse(message.get("since", ""))
            await self.hub.watch(socket, {"list": (message["topic"], since)})
        if "fail" in message:
            raise RuntimeError("the handler is broken")


class _QuietUvicorn(uvicorn.Server):
    """Leaves the signals of the test run alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(hub: Hub, port: int, ws: str = OWN_PROTOCOL, **options: Any) -> AsyncIterator[LiveServer]:
    """Serve until the end of the block."""
    live = LiveServer(hub, port, ws)
    config = uvicorn.Config(
        live.app,
        host="127.0.0.1",
        port=port,
        ws=ws,
        log_config=None,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
        **options,
    )
    server = _QuietUvicorn(config)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        yield live
    finally:
        server.should_exit = True
        await running


async def first_beat(client: ClientConnection) -> list[str]:
    """What a client is sent up to the beat that says it is caught up."""
    frames: list[str] = []
    async with asyncio.timeout(5):
        while not frames or not frames[-1].startswith('{"t":"beat"'):
            frames.append(str(await client.recv()))
    return frames
