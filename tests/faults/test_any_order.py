"""Whatever happens in whatever order: nothing is lost, nothing is sent twice, and whoever was away sees all of it.

The model has two candidates, two recruiters, one worker, one web process at a time that takes Twilio's calls, and two
pages: one at the process that writes, and one at another process, which hears of it by Redis. It leaves out

* the deletion of a person's data, as the product has none yet;
* closing a conversation, and a Send that is held since somebody wrote meanwhile: they are tested in tests/messaging;
* what several processes do at the very same instant, but for two people who take a conversation: whole installations
  play that (test_receiving.py, test_sending.py, test_two_people.py, test_writers.py).
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inbox.storage.database import Database
from providers.sandbox.faults import FaultKind
from tests.faults.conftest import Figure
from tests.faults.door import Outage
from tests.faults.pages import Hubs
from tests.faults.proxy import Proxy
from tests.faults.stage import Stage
from tests.messaging.scene import MAYA, TOM

T = TypeVar("T")

PLACES = st.integers(0, 7)
CANDIDATES = st.sampled_from([MAYA, TOM])
OUTAGES = st.sampled_from(list(Outage))
BODIES = st.sampled_from(["Hello", "STOP", "START", "Yes"])
WRONG = (
    FaultKind.THROTTLE,
    FaultKind.ERROR,
    FaultKind.ERROR_AFTER_ACCEPT,
    FaultKind.REFUSE,
)
WORDS = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled", "read", "a new word")


class Machine(RuleBasedStateMachine):
    """The rules; each of them is a line of the stage."""

    runner: asyncio.Runner
    hubs: Hubs
    folder: Path
    steps = 0

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        type(self).steps += 1
        return self.runner.run(coroutine)

    @initialize()
    def begin(self) -> None:
        self.stage = self.run(Stage.of(self.hubs.database, self.hubs, self.folder))
        self.run(self.stage.text_in(MAYA, "Hello"))

    @rule(texts=st.lists(st.tuples(CANDIDATES, BODIES), min_size=1, max_size=4), outage=OUTAGES)
    def candidates_text(self, texts: list[tuple[str, str]], outage: Outage) -> None:
        for sender, body in texts:
            self.run(self.stage.text_in(sender, body, outage))

    @rule(place=PLACES, outage=OUTAGES)
    def twilio_repeats_a_text(self, place: int, outage: Outage) -> None:
        self.run(self.stage.repeat(place, outage))

    @rule(rounds=st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=3))
    def the_spool_is_drained_by_half(self, rounds: list[tuple[int, bool, bool]]) -> None:
        for stored, loses_the_last, dies in rounds:
            self.run(self.stage.door.drain(stored, loses_the_last=loses_the_last, dies=dies))
            self.run(self.stage.check())

    @rule()
    def the_spool_is_drained(self) -> None:
        self.run(self.stage.door.drain())

    @rule(place=PLACES, body=st.sampled_from(["Are you free?", "Please call me"]))
    def a_recruiter_replies(self, place: int, body: str) -> None:
        self.run(self.stage.reply(place, body))

    @precondition(lambda self: self.stage.replies)
    @rule(place=PLACES)
    def the_browser_posts_a_reply_again(self, place: int) -> None:
        self.run(self.stage.press_again(place))

    @precondition(lambda self: self.stage.replies)
    @rule(place=PLACES, again=st.booleans())
    def a_recruiter_decides(self, place: int, again: bool) -> None:
        self.run(self.stage.decide(place, again=again))

    @rule(place=PLACES, who=st.sampled_from(["Jo", "Ana", "both at once"]))
    def somebody_takes_a_conversation(self, place: int, who: str) -> None:
        self.run(self.stage.take(place, who))

    @rule(
        place=PLACES,
        who=st.sampled_from(["Jo", "Ana"]),
        to=st.sampled_from(["Jo", "Ana", "nobody"]),
        looks=st.booleans(),
    )
    def somebody_gives_a_conversation_away(self, place: int, who: str, to: str, looks: bool) -> None:
        self.run(self.stage.give(place, who, to, looks=looks))

    @rule(place=PLACES, word=st.sampled_from(WORDS), outage=OUTAGES)
    def twilio_reports(self, place: int, word: str, outage: Outage) -> None:
        self.run(self.stage.report(place, word, outage))

    @rule(faults=st.lists(st.sampled_from(WRONG), max_size=2))
    def the_worker_works(self, faults: list[FaultKind]) -> None:
        self.run(self.stage.worker.work(faults))

    @rule()
    def the_worker_dies_with_the_answer_in_its_hand(self) -> None:
        self.run(self.stage.worker.work(dies=True, limit=2))

    @rule(limit=st.integers(1, 3))
    def a_worker_stands_still(self, limit: int) -> None:
        self.run(self.stage.worker.hang(limit))

    @rule()
    def it_goes_on(self) -> None:
        self.run(self.stage.worker.go_on())

    @rule(seconds=st.sampled_from([5.0, 70.0, 200.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(self.stage.time_passes(seconds))

    @rule(is_there=st.booleans())
    def redis_goes_away_or_comes_back(self, is_there: bool) -> None:
        self.hubs.line.restore() if is_there else self.hubs.line.refuse()

    @rule(page=st.integers(0, 1), comes_back=st.booleans())
    def a_page_loses_its_socket_or_comes_back(self, page: int, comes_back: bool) -> None:
        self.stage.pages[page].lose()
        if comes_back:
            self.run(self.stage.pages[page].read_on())

    @invariant()
    def nothing_is_lost_nor_doubled(self) -> None:
        if hasattr(self, "stage"):
            self.run(self.stage.check())

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            try:
                self.run(self.stage.check_the_end())
            finally:
                self.hubs.line.restore()
                self.run(self.stage.close())


@pytest.fixture
def line(redis_url: str) -> Iterator[Proxy]:
    """The way to Redis."""
    with Proxy(urlsplit(redis_url).port or 6379) as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("examples", "steps"), [(12, 25), pytest.param(500, 50, marks=[pytest.mark.long, pytest.mark.timeout(3_600)])]
)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_any_order_of_texts_replies_reports_and_crashes_keeps_every_promise(
    request: pytest.FixtureRequest, line: Proxy, tmp_path: Path, figure: Figure, kind: str, examples: int, steps: int
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    machine = type("Machine", (Machine,), {"folder": tmp_path / "spools", "steps": 0})
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],  # a failure is printed as it happened: to shrink it takes many minutes
    )
    with asyncio.Runner() as runner, _hubs(runner, url, line) as hubs:
        machine.runner, machine.hubs = runner, hubs
        run_state_machine_as_test(machine, settings=profile)
    figure(
        f"any order on {kind}: sequences / calls of the product / promises broken",
        f"{examples} / {machine.steps:,} / 0",
    )


@contextmanager
def _hubs(runner: asyncio.Runner, url: str, line: Proxy) -> Iterator[Hubs]:
    """A connected database with the hubs over it, on the runner's loop."""
    stack = AsyncExitStack()

    async def opened() -> Hubs:
        database = await stack.enter_async_context(Database(url))
        return await stack.enter_async_context(Hubs.over(database, line))

    try:
        yield runner.run(opened())
    finally:
        runner.run(stack.aclose())
