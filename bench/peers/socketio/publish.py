"""Tells each room its frame: a mark a line in, the time when it began (CLOCK_MONOTONIC, ns) a line out.

python publish.py REDIS_PORT EVENT_FILE
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import socketio

event = json.loads(Path(sys.argv[2]).read_text())


async def publish(manager, mark):
    messages = {group: text.replace(event["mark"], mark) for group, text in event["frames"].items()}
    began = time.monotonic_ns()
    for group, message in messages.items():
        await manager.emit("frame", message, room=group)
    return began


with asyncio.Runner() as runner:
    manager = socketio.AsyncRedisManager(f"redis://127.0.0.1:{sys.argv[1]}", write_only=True)
    for line in sys.stdin:
        print(runner.run(publish(manager, line.strip())), flush=True)
