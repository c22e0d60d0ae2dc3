"""Whatever happens in whatever order, a browser has in the end seen the whole log of its topic, once and in order."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.backend import connect_broadcast
from realtime.cursor import Cursor
from realtime.hub import Hub, Topic
from realtime.wire import Socket
from tests.realtime.played import EVERYTHING, PlayedLog, PlayedRender, PlayedWire, Reader, played_socket, shown_to
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio

TOPICS: tuple[Topic, ...] = (EVERYTHING, ("each", 2), ("each", 7))
MOST_BEHIND = 12
BROWSERS = 4


@pytest.fixture(autouse=True, scope="module")
def impatience() -> Iterator[None]:
    """Pauses after failures are seconds in life, and nothing here depends on their length."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("realtime.supervision.FIRST_PAUSE", 0.002)
        patch.setattr("realtime.supervision.LONGEST_PAUSE", 0.01)
        yield


class Browser(Reader):
    """A page that fetches anew when it is told to, and knows where it began to rely on its socket."""

    def __init__(self, log: PlayedLog, topic: Topic, *, believes_beats: bool) -> None:
        super().__init__(log.end(), topic, believes_beats=believes_beats)
        self.log = log
        self.began_at = log.end().seq
        self.socket: Socket | None = None
        self.wire: PlayedWire | None = None
        self.has_stale_frames = False

    def receive(self, text: str) -> None:
        troubles = self.resyncs + self.gaps
        super().receive(text)
        assert not self.gaps or self.has_stale_frames, "a frame covers less than its reader misses"
        if self.resyncs + self.gaps > troubles:
            self.fetch_anew(self.log.end())

    def fetch_anew(self, cursor: Cursor) -> None:
        self.cursor, self.began_at, self.taken = cursor, cursor.seq, []

    def expected(self) -> list[int]:
        assert self.cursor is not None
        return [seq for seq in self._shown_by_topic() if seq > self.began_at]

    def _shown_by_topic(self) -> list[int]:
        return shown_to(self.topic, self.log.entries())


@dataclass(frozen=True)
class Step:
    """One thing that happens, to one of the browsers where it is about one."""

    what: str
    browser: int
    amount: int


STEPS = st.builds(
    Step,
    st.sampled_from(
        ["write"] * 4
        + ["look elsewhere", "stop up", "read on", "wait"] * 2
        + ["write unannounced", "leave", "come back", "database away", "database back", "templates break"]
    ),
    st.integers(0, BROWSERS - 1),
    st.integers(1, 6),
)


class Play:
    """The hub, its browsers and the rules of the steps."""

    def __init__(self, hub: Hub, log: PlayedLog, render: PlayedRender, browsers: list[Browser]) -> None:
        self.hub, self.log, self.render, self.browsers = hub, log, render, browsers

    async def take(self, step: Step) -> None:
        browser = self.browsers[step.browser]
        match step.what:
            case "write":
                self.log.write(events=step.amount)
                self.hub.announce("org")
            case "write unannounced":
                self.log.write(events=step.amount)
            case "look elsewhere":
                await self.look_elsewhere(browser, step.amount)
            case "leave":
                self.leave(browser)
            case "come back":
                await self.come_back(browser)
            case "stop up" if browser.wire is not None:
                browser.wire.is_stopped_up = True
            case "read on" if browser.wire is not None:
                browser.wire.unstop()
            case "database away" | "database back":
                self.log.is_away = step.what == "database away"
            case "templates break":
                self.render.failures_left = 1
            case "wait":
                for _ in range(step.amount):
                    await asyncio.sleep(0)

    async def look_elsewhere(self, browser: Browser, amount: int) -> None:
        """A page was fetched some events ago, its socket learns of it now."""
        browser.topic = TOPICS[amount % len(TOPICS)]
        end = self.log.end()
        browser.fetch_anew(Cursor(end.epoch, max(0, end.seq - amount)))
        if browser.socket is not None and browser.wire is not None:
            # Frames of before are still on their way, perhaps of the same topic: a gap then is the page's own.
            browser.has_stale_frames |= browser.wire.is_stopped_up
            browser.watches += 2
            await self.hub.watch(browser.socket, {})
            await self.hub.watch(browser.socket, {browser.slot: (browser.topic, browser.cursor)})

    def leave(self, browser: Browser) -> None:
        if browser.socket is not None:
            self.hub.leave(browser.socket)
        browser.socket = browser.wire = None

    async def come_back(self, browser: Browser) -> None:
        """A new connection, as after a cut or a 1013."""
        self.leave(browser)
        browser.watches, browser.gaps, browser.has_stale_frames = 0, 0, False
        browser.socket, browser.wire = played_socket(browser, most_queued=8)
        await self.hub.join(browser.socket, "org", {browser.slot: (browser.topic, browser.cursor)}, ())

    async def settle(self) -> None:
        """Everything works again, every page has a connection, and one last event happens."""
        self.log.is_away, self.render.failures_left = False, 0
        for browser in self.browsers:
            if browser.wire is not None and browser.wire.closed_with is None:
                browser.wire.unstop()
            else:
                await self.come_back(browser)
        self.log.write()
        self.hub.announce("org")
        await until(lambda: all(browser.taken == browser.expected() for browser in self.browsers))


@settings(max_examples=400, deadline=None)
@given(
    steps=st.lists(STEPS, max_size=60),
    seed=st.integers(0, 2**32),
    believers=st.lists(st.booleans(), min_size=BROWSERS, max_size=BROWSERS),
)
async def test_every_browser_ends_with_the_whole_log_of_its_topic(
    steps: list[Step], seed: int, believers: list[bool]
) -> None:
    log, render = PlayedLog(), PlayedRender()
    chance = random.Random(seed)

    async def pause() -> None:
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)

    log.pause = pause
    log.write(events=chance.randrange(5))
    # Beats without pause, so that they meet everything else.
    often = {"poll_seconds": 0.01, "beat_seconds": 0.0}
    hub = Hub(connect_broadcast("memory://"), log, render, catch_up_limit=MOST_BEHIND, **often)
    await hub.start()
    browsers = [Browser(log, TOPICS[0], believes_beats=believes) for believes in believers]
    play = Play(hub, log, render, browsers)
    try:
        for browser in browsers:
            await play.come_back(browser)
        for step in steps:
            await play.take(step)
            await pause()
            for browser in browsers:
                shown = browser.taken
                assert shown == browser.expected()[: len(shown)], "an event is missing, doubled or out of turn"
        await play.settle()
    finally:
        await hub.stop()
