"""Contenders that do the same work in turn, round by round, on one machine, so that only their ratios count."""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bench.report import Report, Verdict

Figures = Mapping[str, float]
"""What one round has measured, each figure under a name with its unit: {"p99 ms": 31.2}."""


class Kind(StrEnum):
    """What a contender is there for."""

    OURS = "ours"
    LIMIT = "limit"
    """The least that the work takes, made by hand for this row alone."""
    PEER = "peer"


class NotMeasured(Exception):
    """A peer cannot take part; the message says why. The row goes on without it."""


@dataclass(frozen=True)
class Contender:
    """`play` does the work of one round and answers its figures; it may raise NotMeasured when it is a peer."""

    name: str
    kind: Kind
    play: Callable[[], Figures]


@dataclass(frozen=True)
class Goal:
    """A bound for a figure of ours, as a number or, with `of`, as a multiple of what those contenders have."""

    figure: str
    at_most: float | None = None
    at_least: float | None = None
    of: Kind | None = None

    @property
    def words(self) -> str:
        """The goal in words: "p99 ms at most 1.25 times that of limit"."""
        bound = f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"
        if self.of is None:
            return f"{self.figure} {bound}"
        return f"{self.figure} {bound} times that of {'every peer' if self.of is Kind.PEER else 'the limit'}"

    def holds(self, value: float) -> bool:
        """Whether a figure, or a ratio with `of`, keeps to the bound."""
        if self.at_most is not None:
            return value <= self.at_most
        return self.at_least is not None and value >= self.at_least


def contest(title: str, contenders: Sequence[Contender], *, rounds: int, goals: Sequence[Goal]) -> Report:
    """Let each contender play once a round, each time another one first, and compare medians.

    A ratio is that of two figures of the same round; the ratio of a contender is the median over its rounds.
    """
    results = Results(title, contenders)
    for number in range(rounds):
        first = number % len(contenders)
        for contender in (*contenders[first:], *contenders[:first]):
            results.play(contender, f"round {number + 1} of {rounds}")
    return results.report(goals)


class Results:
    """The figures of every contender, one entry a round."""

    def __init__(self, title: str, contenders: Sequence[Contender]) -> None:
        self._title = title
        self._contenders = contenders
        self._played: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
        self._notes: list[str] = []

    def play(self, contender: Contender, words: str) -> None:
        """Measure a contender once; a peer that could not be measured is not asked again."""
        if any(note.startswith(f"{contender.name}: ") for note in self._notes):
            return
        try:
            figures = contender.play()
        except NotMeasured as reason:
            if contender.kind is not Kind.PEER:
                raise
            self._notes.append(f"{contender.name}: not measured: {reason}")
            return
        self._played[contender.name].append(figures)
        shown = ", ".join(f"{name} {number(value)}" for name, value in figures.items())
        print(f"{self._title}, {words}: {contender.name}: {shown}", file=sys.stderr, flush=True)

    def report(self, goals: Sequence[Goal]) -> Report:
        """The medians, the ratios to the limit of what the goals are about, and whether the goals hold."""
        compared = list(dict.fromkeys(goal.figure for goal in goals if goal.of is not None))
        measured = [contender for contender in self._contenders if self._played[contender.name]]
        return Report(
            title=self._title,
            lines=[self._line(contender, compared) for contender in measured],
            verdicts=[verdict for goal in goals for verdict in self._verdicts(goal)],
            notes=self._notes,
            data={"contenders": [self._data(contender) for contender in measured]},
        )

    def _line(self, contender: Contender, compared: Sequence[str]) -> Mapping[str, str]:
        line = {"contender": contender.name, "kind": contender.kind.value}
        for figure, value in self._medians(contender).items():
            line[figure] = number(value)
            if figure in compared and contender.kind is not Kind.LIMIT:
                line[f"{figure} to the limit"] = _spread(self._ratios(contender, self._one(Kind.LIMIT), figure))
            elif figure in compared:
                line[f"{figure} to the limit"] = "1"
        return line

    def _data(self, contender: Contender) -> Mapping[str, Any]:
        medians, limit = self._medians(contender), self._one(Kind.LIMIT)
        ratios = {figure: self._ratios(contender, limit, figure) for figure in medians}
        return {
            "name": contender.name,
            "kind": contender.kind.value,
            "medians": medians,
            "ratios_to_limit": {figure: statistics.median(many) for figure, many in ratios.items() if many},
            "rounds": [dict(figures) for figures in self._played[contender.name]],
        }

    def _medians(self, contender: Contender) -> dict[str, float]:
        played = self._played[contender.name]
        return {figure: statistics.median(one[figure] for one in played if figure in one) for figure in played[0]}

    def _ratios(self, contender: Contender, other: Contender | None, figure: str) -> list[float]:
        if other is None:
            return []
        pairs = zip(self._played[contender.name], self._played[other.name], strict=False)
        return [mine[figure] / its[figure] for mine, its in pairs if its.get(figure) and figure in mine]

    def _one(self, kind: Kind) -> Contender | None:
        return next((one for one in self._contenders if one.kind is kind and self._played[one.name]), None)

    def _verdicts(self, goal: Goal) -> list[Verdict]:
        ours = self._one(Kind.OURS)
        if ours is None:
            return []
        if goal.of is None:
            value = self._medians(ours)[goal.figure]
            return [Verdict(goal.words, number(value), goal.holds(value))]
        others = [one for one in self._contenders if one.kind is goal.of and self._played[one.name]]
        verdicts = []
        for other in others:
            ratios = self._ratios(ours, other, goal.figure)
            measured = f"{_spread(ratios)} times {other.name}"
            verdicts.append(Verdict(goal.words, measured, goal.holds(statistics.median(ratios))))
        return verdicts


def number(value: float) -> str:
    """A figure with as many digits as say something."""
    if value and abs(value) < 10:
        return f"{value:.3g}"
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"


def _spread(ratios: Sequence[float]) -> str:
    """The median of the rounds, with the lowest and the highest when there are several."""
    if not ratios:
        return "-"
    middle = f"{statistics.median(ratios):.2f}"
    return middle if len(ratios) == 1 else f"{middle} ({min(ratios):.2f} to {max(ratios):.2f})"
