"""Frames that are made in pieces: each piece is written when it is there, in one write for each socket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

import pytest
from websockets.protocol import CLIENT, Protocol

from realtime.cursor import Cursor
from realtime.hub import Event, Topic
from realtime.wire import Counters, Socket
from tests.realtime.conftest import NewHub
from tests.realtime.played import EVERYTHING, PlayedLog, PlayedRender, PlayedWire, Reader, played_socket
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio

EACH = ("each", 1)


class PiecewiseRender(PlayedRender):
    """Renders one topic after the other; all but the first one wait until they may, and may fail."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = asyncio.Event()
        self.fails = False

    async def __call__(
        self, channel: str, topics: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> AsyncGenerator[Mapping[Topic, str], None]:
        for place, (topic, before) in enumerate(topics.items()):
            if place:
                await self.may_go_on.wait()
                if self.fails:
                    self.fails = False
                    raise RuntimeError("the second piece is broken")
            async for piece in super().__call__(channel, {topic: before}, events, upto):
                yield piece


class WayWire(PlayedWire):
    """Takes bytes straight away, as the server's own wire does."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def way(self) -> Callable[[bytes], object]:  # type: ignore[override]
        return self.writes.append

    @property
    def messages(self) -> list[str]:
        """What a browser makes of the bytes."""
        browser = Protocol(CLIENT, max_size=None)
        browser.receive_data(b"".join(self.writes))
        return [bytes(frame.data).decode() for frame in browser.events_received()]


@pytest.fixture
def render() -> PiecewiseRender:
    return PiecewiseRender()


async def test_a_piece_is_written_before_the_next_one_is_made(
    new_hub: NewHub, log: PlayedLog, render: PiecewiseRender
) -> None:
    first, second = Reader(log.end()), Reader(log.end(), EACH, "thread")
    async with new_hub() as hub:
        socket, _ = played_socket(first, second)
        await hub.join(socket, "org", {"list": (EVERYTHING, log.end()), "thread": (EACH, log.end())}, ())
        await until(lambda: first.beats)
        log.write()
        hub.announce("org")
        await until(lambda: first.taken == [1])
        assert second.taken == []

        render.may_go_on.set()
        await until(lambda: second.taken == [1])


async def test_what_the_first_piece_has_shown_is_not_made_again_when_the_second_fails(
    new_hub: NewHub, log: PlayedLog, render: PiecewiseRender
) -> None:
    first, second = Reader(log.end()), Reader(log.end(), EACH, "thread")
    async with new_hub() as hub:
        socket, _ = played_socket(first, second)
        await hub.join(socket, "org", {"list": (EVERYTHING, log.end()), "thread": (EACH, log.end())}, ())
        await until(lambda: first.beats)
        render.fails = True
        render.may_go_on.set()
        log.write()
        hub.announce("org")
        await until(lambda: second.taken == [1])

    assert first.taken == [1]
    assert [topic for topics, _, _ in render.calls for topic in topics] == [EVERYTHING, EACH]


async def test_two_frames_of_one_piece_go_to_a_socket_in_one_write(new_hub: NewHub, log: PlayedLog) -> None:
    async with new_hub(render=PlayedRender()) as hub:
        both, one = WayWire(), WayWire()
        watched = {"list": (EVERYTHING, log.end()), "thread": (EACH, log.end())}
        await hub.join(Socket(both, Counters(), most_queued=256), "org", watched, ())
        await hub.join(Socket(one, Counters(), most_queued=256), "org", {"list": watched["list"]}, ())
        await until(lambda: both.writes and one.writes)
        beats = len(both.writes)
        log.write()
        hub.announce("org")
        await until(lambda: len(both.writes) > beats)

    assert len(both.writes) == beats + 1
    shown = [json.loads(text.removeprefix("<p>"))[0] for text in both.messages if text.startswith("<p>")]
    assert shown == [EVERYTHING, list(EACH)]
    assert [text.startswith("<p>") for text in one.messages].count(True) == 1
