"""The limit and the peers as processes, and what makes each of them tell an event to its sockets."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from bench import environments
from bench.contest import NotMeasured
from bench.live.seats import Seat, places, plain_seats
from tests import services
from tests.journeys.waiting import until

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0

Announce = Callable[[str], int]
"""Tells the event with this mark; when that began, in nanoseconds on CLOCK_MONOTONIC."""


@dataclass(frozen=True)
class Event:
    """What every server has to write: the text of each group's frame, in a file, with a mark that changes."""

    file: Path
    mark: str
    frames: dict[str, str]

    def payload(self, group: str, mark: str) -> str:
        """A group's frame for another event."""
        return self.frames[group].replace(self.mark, mark)


def event(folder: Path, mark: str, frames: dict[str, str]) -> Event:
    """Write the file that servers and publishers read."""
    file = folder / f"event-of-{len(frames)}.json"
    file.write_text(json.dumps({"mark": mark, "frames": frames}))
    return Event(file, mark, frames)


@dataclass(frozen=True)
class Served:
    """A running server: its process, its port, how browsers open sockets to it, and how it is told an event."""

    process: int
    port: int
    seats: Sequence[Seat]
    announce: Announce


@dataclass(frozen=True)
class Stage:
    """What all of them share."""

    redis_port: int
    event: Event

    @property
    def redis(self) -> redis.Redis:
        """A client that publishes."""
        return redis.Redis(port=self.redis_port)


@contextmanager
def limit(stage: Stage, count: int) -> Iterator[Served]:
    """The hand-written server."""
    command = [sys.executable, "-m", "bench.live.limit"]
    client = stage.redis

    def announce(mark: str) -> int:
        at = time.monotonic_ns()
        client.publish("limit", mark)
        return at

    with _started(stage, command) as (process, port):
        yield Served(process, port, plain_seats(count, "/live"), announce)


@contextmanager
def ws(stage: Stage, count: int) -> Iterator[Served]:
    """Node with `ws` and ioredis."""
    command = [*environments.node_of("ws"), str(environments.PEERS / "ws" / "server.mjs")]
    with _started(stage, command) as (process, port):
        yield Served(process, port, plain_seats(count, "/live"), _publisher(stage, lambda text: text))


@contextmanager
def broadcaster(stage: Stage, count: int) -> Iterator[Served]:
    """Starlette with stock `broadcaster`: a subscription for each group of each socket."""
    with _started(stage, _python("broadcaster", "server.py")) as (process, port):
        yield Served(process, port, plain_seats(count, "/live"), _publisher(stage, lambda text: text))


@contextmanager
def channels(stage: Stage, count: int) -> Iterator[Served]:
    """Django Channels over channels_redis, served by uvicorn."""
    with (
        _started(stage, _python("channels", "server.py")) as (process, port),
        _told(stage, _python("channels", "publish.py")) as announce,
    ):
        yield Served(process, port, plain_seats(count, "/live"), announce)


@contextmanager
def socketio(stage: Stage, count: int) -> Iterator[Served]:
    """python-socketio with its Redis manager, served by uvicorn."""
    seats = [
        Seat(
            f"/socket.io/?EIO=4&transport=websocket&groups={','.join(place.groups)}",
            greeting=b"0{",
            say=b"40",
            ready=b"40{",
            frames=len(place.groups),
        )
        for place in places(count)
    ]
    with (
        _started(stage, _python("socketio", "server.py")) as (process, port),
        _told(stage, _python("socketio", "publish.py")) as announce,
    ):
        yield Served(process, port, seats, announce)


@contextmanager
def action_cable(stage: Stage, count: int) -> Iterator[Served]:
    """Rails' Action Cable from Debian, served by puma."""
    seats = []
    for place in places(count):
        identifier = json.dumps({"channel": "Feed", "groups": ",".join(place.groups)})
        subscribe = json.dumps({"command": "subscribe", "identifier": identifier}).encode()
        protocol = "Sec-WebSocket-Protocol: actioncable-v1-json\r\nOrigin: http://127.0.0.1\r\n"
        seats.append(
            Seat("/cable", protocol, b'"welcome"', subscribe, b"confirm_subscription", len(place.groups)),
        )
    environments.debian("puma", "ruby-actioncable", "ruby-redis")
    command = ["ruby", str(environments.PEERS / "action_cable" / "server.rb")]
    with _started(stage, command) as (process, port):
        yield Served(process, port, seats, _publisher(stage, json.dumps))


def _publisher(stage: Stage, encode: Callable[[str], str]) -> Announce:
    """One PUBLISH for each group, with the payload, which is how these peers are told things."""
    client = stage.redis

    def announce(mark: str) -> int:
        messages = {group: encode(stage.event.payload(group, mark)) for group in stage.event.frames}
        at = time.monotonic_ns()
        with client.pipeline(transaction=False) as pipe:
            for group, message in messages.items():
                pipe.publish(group, message)
            pipe.execute()
        return at

    return announce


@contextmanager
def _told(stage: Stage, command: Sequence[str]) -> Iterator[Announce]:
    """A publisher in the peer's own environment: a mark a line in, the time when it began a line out."""
    process = subprocess.Popen(
        [*command, str(stage.redis_port), str(stage.event.file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    talk, listen = process.stdin, process.stdout

    def announce(mark: str) -> int:
        talk.write(mark + "\n")
        answer = listen.readline()
        if not answer:
            raise NotMeasured("its publisher ended")
        return int(answer)

    try:
        yield announce
    finally:
        process.kill()
        process.wait()


@contextmanager
def _started(stage: Stage, command: Sequence[str]) -> Iterator[tuple[int, int]]:
    """A server's process and port: it is started with its port, that of Redis and the event's file."""
    port = services.free_port()
    log = stage.event.file.with_name("peer.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, str(port), str(stage.redis_port), str(stage.event.file)],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        until(lambda: _answers(process, port, log), seconds=START_SECONDS)
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


def _answers(process: "subprocess.Popen[bytes]", port: int, log: Path) -> bool:
    if process.poll() is not None:
        raise NotMeasured(f"it did not start: {log.read_text(errors='replace').strip()[-500:]}")
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _python(peer: str, script: str) -> list[str]:
    return [str(environments.python_of(peer)), str(environments.PEERS / peer / script)]
