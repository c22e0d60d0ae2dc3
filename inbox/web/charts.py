"""Bars of a chart as numbers for an SVG, whose table is beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.languages import moments
from inbox.languages.sentences import Sentence
from inbox.reports.chat import Period

WIDTH, HEIGHT = 720, 160
_GAP = 0.25
"""Of the room of a period, that between it and the next one."""
MOST_LABELS, _EDGE = 5, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `kind` is what it stands for: "delivered", "sent", "failed" or "received"."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """The first day of a period, below its middle: `x` in percent of the width; `anchor` keeps it within."""

    x: float
    anchor: str
    words: Sentence


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from the first period to the last one, within WIDTH and HEIGHT; `most` is the number at the top."""

    bars: Sequence[Bar]
    most: int
    labels: Sequence[Label]
    width: int = WIDTH
    height: int = HEIGHT


def bars(periods: Sequence[Period]) -> Chart:
    """What went out in each period, one upon the other, and beside it what came in; `periods` come newest first."""
    most = max((max(one.sent + one.failed, one.received) for one in periods), default=0) or 1
    room = WIDTH / max(1, len(periods))
    made = []
    for place, one in enumerate(reversed(periods)):
        left, width = place * room + room * _GAP / 2, room * (1 - _GAP) / 2
        base = float(HEIGHT)
        for kind, number in (("delivered", one.delivered), ("sent", one.sent - one.delivered), ("failed", one.failed)):
            height = HEIGHT * number / most
            base -= height
            made.append(_bar(kind, left, base, width, height))
        height = HEIGHT * one.received / most
        made.append(_bar("received", left + width, HEIGHT - height, width, height))
    return Chart([one for one in made if one.height], most, _labels(periods[::-1]))


def _labels(periods: Sequence[Period]) -> Sequence[Label]:
    """Of the first period, the last one, and some between, so few that they stand apart on a phone."""
    steps = min(len(periods), MOST_LABELS) - 1
    places = [round(step * (len(periods) - 1) / max(1, steps)) for step in range(steps + 1)]
    return [_label(100 * (place + 0.5) / len(periods), periods[place]) for place in places]


def _label(x: float, period: Period) -> Label:
    anchor = "start" if x < _EDGE else "end" if x > 100 - _EDGE else "middle"
    return Label(round(x, 2), anchor, moments.short_words(period.first))


def _bar(kind: str, *sizes: float) -> Bar:
    return Bar(kind, *(round(one, 2) for one in sizes))
