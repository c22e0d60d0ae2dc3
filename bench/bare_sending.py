"""The limit of sending: our client of Twilio alone, without database, worker or anything promised.

`python -m bench.bare_sending` reads from its input, as JSON, what to send; `python -m bench.bare_sending sink PORT`
answers the reports of the sandbox and does nothing with them.
"""

import asyncio
import json
import sys
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inbox import worker
from providers.contract import OutgoingSms
from providers.twilio.client import TwilioClient, TwilioTransport


async def send(told: dict[str, Any]) -> None:
    """Send the texts from `first` on to numbers of their own, as many at once as a worker of ours."""
    transport = TwilioTransport(told["api_url"])
    client = TwilioClient(transport, told["account_sid"], told["auth_token"])
    numbers = iter(range(told["first"], told["first"] + told["texts"]))

    async def lane() -> None:
        for number in numbers:
            await client.send(
                OutgoingSms(
                    message_id=str(number),
                    sender=told["number"],
                    recipient=f"+1201{number:07d}",
                    body=f"Are you free on Tuesday? ({number})",
                    status_url=f"{told['status_url']}?m={number}",
                )
            )

    await asyncio.gather(*(lane() for _ in range(worker.AT_ONCE)))
    await transport.aclose()


async def _answered(request: Request) -> Response:
    await request.body()
    return Response(status_code=204)


def sink(port: int) -> None:
    """Answer every POST with 204."""
    app = Starlette(routes=[Route("/{path:path}", _answered, methods=["GET", "POST"])])
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", access_log=False, log_level="warning")


if __name__ == "__main__":
    if sys.argv[1:2] == ["sink"]:
        sink(int(sys.argv[2]))
    else:
        uvloop.run(send(json.load(sys.stdin)))
