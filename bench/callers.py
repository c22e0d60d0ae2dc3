"""`python -m bench.callers`: a process that plays Twilio's callers; what to do comes as JSON on its input.

Every request is made and signed before the clock starts, and each caller sends the next one as soon as it is answered.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlencode, urlsplit

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BODY = "Yes, Tuesday at 3 works for me. Thanks!"


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook address, the account whose texts it takes, and the company number they are sent to."""

    url: str
    account_sid: str
    auth_token: str
    number: str


@dataclass(frozen=True, slots=True)
class Calls:
    """What the callers do: `texts` texts over `connections` lines, from `senders` candidates of each target in turn."""

    targets: list[Target]
    senders: int
    texts: int
    connections: int
    first: int = 0
    """The number of the first text; texts with the same number are the same text."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of it: texts answered with 200, others, seconds from the first byte to the last, times in ms."""

    taken: int
    refused: int
    seconds: float
    p50: float
    p99: float
    longest: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Texts a second."""
        return self.taken / self.seconds


class _Caller(asyncio.Protocol):
    """One line: a request, its answer, the next request."""

    def __init__(self, requests: Iterator[bytes], took: list[float], statuses: list[bytes]) -> None:
        self._requests, self._took, self._statuses = requests, took, statuses
        self._answer = b""
        self._sent = 0.0
        self.is_done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def start(self) -> None:
        """Send the next request, or hang up."""
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, rest, body = self._answer.partition(b"\r\n\r\n")
        if not rest:
            return
        length = _LENGTH.search(head)
        if length and len(body) < int(length[1]):
            return
        self._took.append(time.perf_counter() - self._sent)
        self._statuses.append(head[9:12])
        self._answer = b""
        self.start()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_done.set_result(None)


def requests(calls: Calls) -> Iterator[bytes]:
    """The texts in their order, as bytes for the line: the targets in turn, and the candidates of each in turn."""
    for place in range(calls.texts):
        target = calls.targets[place % len(calls.targets)]
        sender = place // len(calls.targets) % calls.senders
        yield _request(target, calls.first + place, f"+4477009{sender:05d}")


def _request(target: Target, number: int, sender: str) -> bytes:
    sid = f"SM{number:032x}"
    form = _FORM | {
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "MessageSid": sid,
        "To": target.number,
        "From": sender,
        "AccountSid": target.account_sid,
    }
    body = urlencode(form)
    parts = urlsplit(target.url)
    return (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        "I-Twilio-Idempotency-Token: 2c0a5a9f-0000-4000-8000-000000000000\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
        f"X-Twilio-Signature: {_signature(target, form)}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _signature(target: Target, form: dict[str, str]) -> str:
    """As `twilio.request_validator` makes it, which takes ten times as long."""
    signed = target.url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(target.auth_token.encode(), signed.encode(), hashlib.sha1)).decode()


_FORM = {
    "ToCountry": "AU",
    "ToState": "",
    "SmsMessageSid": "",
    "NumMedia": "0",
    "ToCity": "",
    "FromZip": "",
    "SmsSid": "",
    "FromState": "",
    "SmsStatus": "received",
    "FromCity": "",
    "Body": _BODY,
    "FromCountry": "AU",
    "To": "",
    "MessagingServiceSid": "",
    "ToZip": "",
    "NumSegments": "1",
    "MessageSid": "",
    "AccountSid": "",
    "From": "",
    "ApiVersion": "2010-04-01",
}


async def call(calls: Calls) -> Answers:
    """Send every text once and wait for its answer."""
    took: list[float] = []
    statuses: list[bytes] = []
    turns = iter(list(requests(calls)))
    parts = urlsplit(calls.targets[0].url)
    loop = asyncio.get_running_loop()
    lines = [
        (await loop.create_connection(lambda: _Caller(turns, took, statuses), parts.hostname, parts.port))[1]
        for _ in range(calls.connections)
    ]
    began, cpu = time.perf_counter(), time.process_time()
    for line in lines:
        line.start()
    await asyncio.gather(*(line.is_done for line in lines))
    seconds = time.perf_counter() - began
    taken = statuses.count(b"200")
    quantiles = statistics.quantiles(took, n=100)
    return Answers(
        taken=taken,
        refused=calls.texts - taken,
        seconds=seconds,
        p50=quantiles[49] * 1000,
        p99=quantiles[98] * 1000,
        longest=max(took) * 1000,
        cpu_seconds=time.process_time() - cpu,
    )


def main() -> None:
    """Read what to do, do it, print what came of it."""
    told = json.load(sys.stdin)
    calls = Calls(**(told | {"targets": [Target(**target) for target in told["targets"]]}))
    print(json.dumps(asdict(uvloop.run(call(calls)))))


if __name__ == "__main__":
    main()
