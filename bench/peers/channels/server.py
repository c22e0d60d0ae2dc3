"""Django Channels over channels_redis, served by uvicorn: a consumer for each socket, a channel group for each view.

python server.py PORT REDIS_PORT EVENT_FILE
"""

import sys
from urllib.parse import parse_qs

import uvicorn
from settings import configure

port, redis_port = map(int, sys.argv[1:3])
configure(redis_port)

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402


class Feed(AsyncWebsocketConsumer):
    async def connect(self):
        self.mine = parse_qs(self.scope["query_string"].decode())["groups"][0].split(",")
        for group in self.mine:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        for group in self.mine:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def frame(self, event):
        await self.send(text_data=event["text"])


uvicorn.run(
    ProtocolTypeRouter({"websocket": Feed.as_asgi()}),
    host="127.0.0.1",
    port=port,
    lifespan="off",
    loop="uvloop",
    ws="websockets",
    ws_per_message_deflate=False,
    log_level="warning",
    backlog=4096,
)
