"""The path of a workflow as a picture: where each box and each line of it stands, from the top down.

A step that waits for a reply divides it: on the left goes who replied, on the right who did not, and a step for both
joins them again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inbox.automation.workflow_steps import Step

# Narrow, as it stands beside the form and on phones, where a wide one is drawn with words too small to be read.
WIDTH, GAP = 340, 40
_WIDTHS = {"": 250, "replied": 164, "silent": 164}
_CENTRES = {"": WIDTH // 2, "replied": 82, "silent": WIDTH - 82}
_LOW, _MIDDLE, _HIGH = 46, 62, 86
_SHORT = 16
"""So many letters stand in one line of the narrowest box."""
LANES = ("replied", "silent")


@dataclass(frozen=True, slots=True)
class Box:
    """A step, its number from 1, and its upper left corner; without a step where it begins, ends."""

    x: int
    y: int
    width: int
    height: int
    step: Step | None
    number: int
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """From a box down to the next one; `lane` when only those of this outcome go there."""

    x1: int
    y1: int
    x2: int
    y2: int
    lane: str


@dataclass
class Picture:
    """All of it; one unit is a pixel at full size."""

    height: int = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class _End:
    """Where a line can begin: the foot of a box, and whether both outcomes go on from there."""

    x: int
    y: int
    divides: bool


def drawn(steps: Sequence[Step]) -> Picture:
    """The picture of these steps."""
    picture, top = Picture(), _End(_CENTRES[""], _LOW, divides=False)
    picture.boxes.append(Box(top.x - _WIDTHS[""] // 2, 0, _WIDTHS[""], _LOW, None, 0))
    ends: dict[str, list[_End]] = {lane: [top] for lane in LANES}
    for number, step in enumerate(steps, 1):
        lanes = LANES if not step.only else (step.only,)
        before = _reached(ends, lanes)
        if not before:
            continue  # nobody comes here: an end stands before it
        foot = _add(picture, step, number, before, step.only)
        divides = step.kind == "reply" or (foot.divides and not step.only)
        after = [] if step.kind == "end" else [_End(foot.x, foot.y, divides)]
        for lane in lanes:
            ends[lane] = after
    last = _reached(ends, LANES)
    if last:
        _add(picture, None, len(steps) + 1, last, "")
    picture.height = max(box.y + box.height for box in picture.boxes) + 2
    return picture


def _add(picture: Picture, step: Step | None, number: int, before: Mapping[_End, set[str]], only: str) -> _End:
    x, y, width = _CENTRES[only], max(end.y for end in before) + GAP, _WIDTHS[only]
    words = step.words if step else ""
    height = _HIGH if len(words) > _SHORT else _MIDDLE if words else _LOW
    for end, lanes in before.items():
        picture.lines.append(Line(end.x, end.y, x, y, min(lanes) if end.divides and len(lanes) == 1 else ""))
    picture.boxes.append(Box(x - width // 2, y, width, height, step, number, is_end=step is None))
    return _End(x, y + height, divides=any(end.divides for end in before))


def _reached(ends: Mapping[str, Sequence[_End]], lanes: Sequence[str]) -> dict[_End, set[str]]:
    """Where lines of these lanes begin, each with the lanes that it is for."""
    found: dict[_End, set[str]] = {}
    for lane in lanes:
        for end in ends[lane]:
            found.setdefault(end, set()).add(lane)
    return found
