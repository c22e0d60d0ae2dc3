"""Whatever happens in whatever order: nothing is lost, nothing is sent twice, and whoever was away sees all of it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

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
from tests.faults.stage import Stage
from tests.messaging.scene import MAYA, TOM

T = TypeVar("T")

PLACES = st.integers(0, 7)
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
    database: Database
    steps = 0

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        type(self).steps += 1
        return self.runner.run(coroutine)

    @initialize()
    def begin(self) -> None:
        self.stage = self.run(Stage.of(self.database))
        self.run(self.stage.text_in(MAYA, "Hello"))

    @rule(sender=st.sampled_from([MAYA, TOM]), body=st.sampled_from(["Hello", "STOP", "START", "Yes"]))
    def a_candidate_texts(self, sender: str, body: str) -> None:
        self.run(self.stage.text_in(sender, body))

    @rule(place=PLACES)
    def twilio_repeats_a_text(self, place: int) -> None:
        self.run(self.stage.repeat(place))

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

    @rule(place=PLACES, word=st.sampled_from(WORDS))
    def twilio_reports(self, place: int, word: str) -> None:
        self.run(self.stage.report(place, word))

    @rule(faults=st.lists(st.sampled_from(WRONG), max_size=2))
    def the_worker_works(self, faults: list[FaultKind]) -> None:
        self.run(self.stage.work(faults))

    @rule()
    def the_worker_dies_with_the_answer_in_its_hand(self) -> None:
        self.run(self.stage.work(dies=True, limit=2))

    @rule(limit=st.integers(1, 3))
    def a_worker_stands_still(self, limit: int) -> None:
        self.run(self.stage.hang(limit))

    @rule()
    def it_goes_on(self) -> None:
        self.run(self.stage.go_on())

    @rule(seconds=st.sampled_from([5.0, 70.0, 200.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(self.stage.time_passes(seconds))

    @rule()
    def who_was_away_reads_on(self) -> None:
        self.run(self.stage.read())

    @invariant()
    def nothing_is_lost_nor_doubled(self) -> None:
        if hasattr(self, "stage"):
            self.run(self.stage.check())

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            try:
                self.run(self.stage.check_the_end())
            finally:
                self.run(self.stage.close())


@pytest.mark.parametrize(
    ("examples", "steps"), [(12, 25), pytest.param(500, 50, marks=[pytest.mark.long, pytest.mark.timeout(3_600)])]
)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_any_order_of_texts_replies_reports_and_crashes_keeps_every_promise(
    request: pytest.FixtureRequest, figure: Figure, kind: str, examples: int, steps: int
) -> None:
    with asyncio.Runner() as runner:
        database = Database(request.getfixturevalue(f"{kind}_url"))
        runner.run(database.connect())
        machine = type("Machine", (Machine,), {"runner": runner, "database": database, "steps": 0})
        profile = settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # a failure is printed as it happened: to shrink it takes many minutes
        )
        try:
            run_state_machine_as_test(machine, settings=profile)
        finally:
            runner.run(database.disconnect())
    figure(
        f"any order on {kind}: sequences / calls of the product / promises broken",
        f"{examples} / {machine.steps:,} / 0",
    )
