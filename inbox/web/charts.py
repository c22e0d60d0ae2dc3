"""Bars of a chart as numbers for an SVG, whose table is beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.reports.chat import Period

WIDTH, HEIGHT = 720, 160
_GAP = 0.25
"""Of the room of a period, that between it and the next one."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `kind` is what it stands for: "delivered", "sent", "failed" or "received"."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from the first period to the last one, within WIDTH and HEIGHT; `most` is the number at the top."""

    bars: Sequence[Bar]
    most: int
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
    return Chart([one for one in made if one.height], most)


def _bar(kind: str, *sizes: float) -> Bar:
    return Bar(kind, *(round(one, 2) for one in sizes))
