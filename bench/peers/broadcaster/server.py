"""Starlette with stock broadcaster: each socket subscribes to each of its groups, as broadcaster's example does.

python server.py PORT REDIS_PORT EVENT_FILE
"""

import asyncio
import sys
from contextlib import asynccontextmanager

import uvicorn
from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

port, redis_port = map(int, sys.argv[1:3])
broadcast = Broadcast(f"redis://127.0.0.1:{redis_port}")


async def live(websocket):
    groups = websocket.query_params["groups"].split(",")
    sending = []
    ready = [asyncio.Event() for _ in groups]
    for group, subscribed in zip(groups, ready):
        sending.append(asyncio.create_task(send(websocket, group, subscribed)))
    for subscribed in ready:
        await subscribed.wait()
    await websocket.accept()
    try:
        async for _ in websocket.iter_text():
            pass
    finally:
        for task in sending:
            task.cancel()


async def send(websocket, group, subscribed):
    async with broadcast.subscribe(channel=group) as subscriber:
        subscribed.set()
        async for event in subscriber:
            await websocket.send_text(event.message)


@asynccontextmanager
async def lifespan(app):
    await broadcast.connect()
    yield
    await broadcast.disconnect()


app = Starlette(routes=[WebSocketRoute("/live", live)], lifespan=lifespan)
uvicorn.run(
    app,
    host="127.0.0.1",
    port=port,
    loop="uvloop",
    ws="websockets",
    ws_per_message_deflate=False,
    log_level="warning",
    backlog=4096,
)
