"""Tells each group its frame: a mark a line in, the time when it began (CLOCK_MONOTONIC, ns) a line out.

python publish.py REDIS_PORT EVENT_FILE
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from settings import configure

configure(int(sys.argv[1]))

from channels.layers import get_channel_layer  # noqa: E402

event = json.loads(Path(sys.argv[2]).read_text())


async def publish(layer, mark):
    messages = {
        group: {"type": "frame", "text": text.replace(event["mark"], mark)} for group, text in event["frames"].items()
    }
    began = time.monotonic_ns()
    for group, message in messages.items():
        await layer.group_send(group, message)
    return began


with asyncio.Runner() as runner:
    layer = get_channel_layer()
    for line in sys.stdin:
        print(runner.run(publish(layer, line.strip())), flush=True)
