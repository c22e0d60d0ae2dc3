"""python-socketio with its Redis manager, served by uvicorn: a room for each group.

python server.py PORT REDIS_PORT EVENT_FILE
"""

import sys
from urllib.parse import parse_qs

import socketio
import uvicorn

port, redis_port = map(int, sys.argv[1:3])
server = socketio.AsyncServer(
    async_mode="asgi",
    client_manager=socketio.AsyncRedisManager(f"redis://127.0.0.1:{redis_port}"),
    cors_allowed_origins="*",
)


@server.event
async def connect(sid, environ):
    for group in parse_qs(environ["QUERY_STRING"])["groups"][0].split(","):
        await server.enter_room(sid, group)


uvicorn.run(
    socketio.ASGIApp(server),
    host="127.0.0.1",
    port=port,
    loop="uvloop",
    ws="websockets",
    ws_per_message_deflate=False,
    log_level="warning",
    backlog=4096,
)
