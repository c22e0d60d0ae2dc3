"""How measurements are compared: rounds in turn, medians, ratios to the limit, and goals that are missed."""

import os
from itertools import cycle

import pytest

from bench import processes, timings
from bench.contest import Contender, Goal, Kind, NotMeasured, contest


def _plays(*values: float, log: list[float] | None = None) -> "_Play":
    return _Play(values, log)


class _Play:
    """Answers these figures in turn, over and over, and notes them."""

    def __init__(self, values: tuple[float, ...], log: list[float] | None) -> None:
        self._values, self._log = cycle(values), log

    def __call__(self) -> dict[str, float]:
        value = next(self._values)
        if self._log is not None:
            self._log.append(value)
        return {"p99 ms": value}


def test_contenders_play_in_turn_and_each_is_first_once() -> None:
    log: list[float] = []
    contenders = [
        Contender("ours", Kind.OURS, _plays(1, log=log)),
        Contender("limit", Kind.LIMIT, _plays(2, log=log)),
        Contender("other", Kind.PEER, _plays(3, log=log)),
    ]
    contest("row", contenders, rounds=3, goals=[])
    assert log == [1, 2, 3, 2, 3, 1, 3, 1, 2]


def test_a_ratio_is_the_median_of_those_of_each_round() -> None:
    # The machine was ten times as slow in the second round, for both.
    contenders = [
        Contender("ours", Kind.OURS, _plays(12, 110, 13)),
        Contender("limit", Kind.LIMIT, _plays(10, 100, 10)),
    ]
    report = contest("row", contenders, rounds=3, goals=[Goal("p99 ms", at_most=1.25, of=Kind.LIMIT)])
    (verdict,) = report.verdicts
    assert verdict.holds
    assert verdict.measured == "1.20 (1.10 to 1.30) times limit"
    assert report.as_json()["contenders"][0]["ratios_to_limit"] == {"p99 ms": 1.2}


@pytest.mark.parametrize(
    ("goal", "holds"),
    [
        (Goal("p99 ms", at_most=1.25, of=Kind.LIMIT), False),
        (Goal("p99 ms", at_most=1.5, of=Kind.LIMIT), True),
        (Goal("p99 ms", at_least=2, of=Kind.LIMIT), False),
        (Goal("p99 ms", at_most=1, of=Kind.PEER), True),
        (Goal("p99 ms", at_most=14), False),
        (Goal("p99 ms", at_least=15), True),
    ],
)
def test_a_goal_that_is_missed_is_said_to_be_missed(goal: Goal, holds: bool) -> None:
    contenders = [
        Contender("ours", Kind.OURS, _plays(15)),
        Contender("limit", Kind.LIMIT, _plays(10)),
        Contender("other", Kind.PEER, _plays(30)),
    ]
    report = contest("row", contenders, rounds=1, goals=[goal])
    (verdict,) = report.verdicts
    assert verdict.holds is holds
    assert ("MISSED" in report.text()) is not holds


def test_a_peer_that_cannot_take_part_is_named_with_the_reason_and_the_row_goes_on() -> None:
    def refuse() -> dict[str, float]:
        raise NotMeasured("its installation failed")

    contenders = [Contender("ours", Kind.OURS, _plays(1)), Contender("other", Kind.PEER, refuse)]
    report = contest("row", contenders, rounds=2, goals=[Goal("p99 ms", at_most=1, of=Kind.PEER)])
    assert list(report.notes) == ["other: not measured: its installation failed"]
    assert [line["contender"] for line in report.lines] == ["ours"]


def test_the_99th_percentile_is_above_99_of_100_and_the_median_in_the_middle() -> None:
    assert timings.figures([place / 1000 for place in range(1, 101)]) == {
        "p50 ms": pytest.approx(51),
        "p99 ms": pytest.approx(100),
        "longest ms": pytest.approx(100),
    }


def test_the_usage_of_a_process_grows_with_what_it_does() -> None:
    before = processes.usage(os.getpid())
    held = bytearray(os.urandom(1024)) * 400_000  # more than what an earlier test may have given back
    for _ in range(20):
        sorted(held[:400_000])
    after = processes.usage(os.getpid())
    assert after.since(before)["cpu s"] > 0
    assert after.rss - before.rss > len(held) // 2
    assert before.files > 2
