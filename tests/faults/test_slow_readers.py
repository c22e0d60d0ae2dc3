"""Browsers that do not read are let go in time, and cost the others nothing."""

import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.bad_readers import bad_readers
from tests.faults.conftest import Figure
from tests.faults.followers import Followers
from tests.faults.installation import Breakable, production
from tests.journeys.installation import JO
from tests.journeys.waiting import until

GONE_SECONDS = 30.0
# Twilio's longest body, so that buffers fill soon.
FILLER = "x" * 1500


class Talker:
    """A candidate who texts, so many times a second; when each text was on its way (time.monotonic)."""

    def __init__(self, installation: Breakable) -> None:
        self._installation = installation
        self.number = installation.candidate()
        installation.text_in(self.number, "Hello")
        self.page = f"/live?tab=shared&range=all&c={installation.conversation(self.number)}"
        self.sent: dict[int, float] = {}

    def text_in(self) -> None:
        """The next one."""
        number = len(self.sent)
        self.sent[number] = time.monotonic()
        self._installation.text_in(self.number, f"Mark {number}. {FILLER}")

    def talk(self, seconds: float, *, a_second: float) -> None:
        """A text now and then, for so long."""
        began = last = time.monotonic()
        while (last := last + 1 / a_second) < began + seconds:
            self.text_in()
            until(lambda due=last: time.monotonic() >= due)


@contextmanager
def good_and_bad(installation: Breakable, talker: Talker, *, good: int, deaf: int, slow: int) -> Iterator[Followers]:
    """Open inboxes that read, and those that do not."""
    jo: Mapping[str, str] = dict(installation.sign_in(JO).cookies)
    web, origin = installation.webs[0], installation.url
    with (
        Followers(good, web, cookies=jo, origin=origin) as followers,
        bad_readers(web, talker.page, deaf=deaf, slow=slow, cookies=jo, origin=origin),
    ):
        until(lambda: installation.metric("inbox_sockets") == good + deaf + slow)
        yield followers


@pytest.mark.long
def test_who_does_not_read_is_let_go_and_the_others_see_everything(small: Breakable, figure: Figure) -> None:
    talker = Talker(small)
    with good_and_bad(small, talker, good=10, deaf=5, slow=5) as followers:
        began = time.monotonic()
        while small.metric("inbox_sockets") > 10:
            assert time.monotonic() < began + GONE_SECONDS
            talker.text_in()
        gone = time.monotonic() - began

        ((last,),) = small.ask("select max(seq) from events where kind = 'message.added'")
        until(lambda: followers.stand_at(last))
        assert followers.gaps == 0
        assert [follower.codes for follower in followers.all] == [[]] * 10
        assert small.metric("inbox_sockets") == 10
    figure("until 10 sockets that read nothing, or a byte a second, are gone, s", round(gone, 1))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    """One web process over PostgreSQL."""
    with production(tmp_path_factory.mktemp("busy"), webs=1) as installation:
        yield installation
        installation.close_browsers()


@pytest.mark.long
def test_200_bad_readers_cost_300_good_ones_neither_time_nor_memory(busy: Breakable, figure: Figure) -> None:
    talker = Talker(busy)
    process = busy.processes.process("web")
    before = lag_without_bad_readers(busy, talker)
    files, memory = descriptors(process), resident(process)

    with good_and_bad(busy, talker, good=300, deaf=100, slow=100) as followers:
        first, began, most, gone, freed = len(talker.sent), time.monotonic(), 0, 0.0, 0.0
        while time.monotonic() < began + GONE_SECONDS + 5 and not (gone and freed):
            talker.talk(0.5, a_second=10)
            most = max(most, resident(process))
            if not gone and busy.metric("inbox_sockets") == 300:
                gone = time.monotonic() - began
            if not freed and descriptors(process) <= files + 310:
                freed = time.monotonic() - began
        lag = p99(followers, talker, since=first)
        assert followers.gaps == 0
        assert [follower.codes for follower in followers.all] == [[]] * 300
    after = lag_without_bad_readers(busy, talker)

    figure("200 bad readers: gone after, s", round(gone, 1))
    figure("200 bad readers: their file descriptors are free after, s", round(freed, 1))
    figure("200 bad readers: memory of the process, highest above before, MB", round((most - memory) / 1e6, 1))
    lags = (round(before), round(lag), round(after))
    figure("200 bad readers: p99 of 300 good ones, ms, before, with and after them", lags)
    assert 0 < gone < GONE_SECONDS
    assert 0 < freed < GONE_SECONDS
    assert most - memory < 60e6
    assert lag <= 2 * max(before, after)


def lag_without_bad_readers(installation: Breakable, talker: Talker) -> float:
    """The 99th percentile for 300 good readers alone, in milliseconds."""
    with good_and_bad(installation, talker, good=300, deaf=0, slow=0) as followers:
        talker.talk(5, a_second=10)
        first = len(talker.sent)
        talker.talk(20, a_second=10)
        lag = p99(followers, talker, since=first)
    until(lambda: installation.metric("inbox_sockets") == 0)
    return lag


def p99(followers: Followers, talker: Talker, *, since: int) -> float:
    """Milliseconds from the text to the follower, of the texts from this number on."""
    until(lambda: all(follower.arrived.keys() >= {max(talker.sent)} for follower in followers.all))
    lags = [
        at - talker.sent[number]
        for follower in followers.all
        for number, at in follower.arrived.items()
        if number >= since
    ]
    return 1000 * statistics.quantiles(lags, n=100)[98]


def resident(process: int) -> int:
    """Bytes of memory that a process holds."""
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True)
    return int(said.stdout) * 1024


def descriptors(process: int) -> int:
    """How many files and sockets a process has open (Linux)."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))
