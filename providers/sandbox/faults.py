"""Faults on demand: what a test or a person asks Twilio to do wrong, how often and to whom."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSE = "refuse"
    THROTTLE = "throttle"
    ERROR = "error"
    RESET = "reset"
    DELAY = "delay"
    ERROR_AFTER_ACCEPT = "error_after_accept"
    HANG_AFTER_ACCEPT = "hang_after_accept"
    RESET_AFTER_ACCEPT = "reset_after_accept"
    HIDE_FROM_LIST = "hide_from_list"
    DROP_CALLBACKS = "drop_callbacks"
    DUPLICATE_CALLBACKS = "duplicate_callbacks"
    REORDER_CALLBACKS = "reorder_callbacks"


BEFORE_ACCEPT = frozenset({FaultKind.REFUSE, FaultKind.THROTTLE, FaultKind.ERROR, FaultKind.RESET, FaultKind.DELAY})
AFTER_ACCEPT = frozenset({FaultKind.ERROR_AFTER_ACCEPT, FaultKind.HANG_AFTER_ACCEPT, FaultKind.RESET_AFTER_ACCEPT})
HIDING = frozenset({FaultKind.HIDE_FROM_LIST})
DROPPING = frozenset({FaultKind.DROP_CALLBACKS})
DUPLICATING = frozenset({FaultKind.DUPLICATE_CALLBACKS})
REORDERING = frozenset({FaultKind.REORDER_CALLBACKS})

_REQUESTS = ("create", "fetch", "list", "account", "any")
_FIELDS = frozenset({"kind", "times", "on", "match", "code", "status", "seconds", "retry_after"})


class UnknownFault(ValueError):
    """A fault that cannot be understood; its text says why."""


@dataclass(slots=True, eq=False)
class Fault:
    """One fault. `times` None: until cleared. `to` (whole number) and `body` (part of the text) narrow it."""

    kind: FaultKind
    times: int | None = None
    on: str = "create"
    to: str = ""
    body: str = ""
    code: int = 0
    status: int = 0
    seconds: float = 0.0
    retry_after: float | None = None

    def concerns(self, on: str, to: str, body: str) -> bool:
        if self.on not in (on, "any") and self.kind in BEFORE_ACCEPT:
            return False
        return (not self.to or self.to == to) and self.body in body


class Faults:
    """The faults that wait for their turn, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._waiting]

    def take(self, kinds: frozenset[FaultKind], *, on: str = "create", to: str = "", body: str = "") -> Fault | None:
        """The first fault of these kinds that this request meets; one of its times is used up."""
        for fault in self._waiting:
            if fault.kind in kinds and fault.concerns(on, to, body):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                return fault
        return None


def fault_from_json(asked: Mapping[str, Any]) -> Fault:
    """Read what POST /sandbox/faults was sent. Raises UnknownFault with a sentence when it makes no sense."""
    unknown = asked.keys() - _FIELDS
    if unknown:
        raise UnknownFault(f"Unknown field: {', '.join(sorted(unknown))}.")
    if asked.get("kind") not in list(FaultKind):
        raise UnknownFault(f"kind must be one of {', '.join(FaultKind)}.")
    if asked.get("on", "create") not in _REQUESTS:
        raise UnknownFault(f"on must be one of {', '.join(_REQUESTS)}.")
    match = asked.get("match") or {}
    if not isinstance(match, Mapping) or match.keys() - {"to", "body"}:
        raise UnknownFault("match may hold to and body.")
    times = asked.get("times")
    retry_after = asked.get("retry_after")
    try:
        return Fault(
            kind=FaultKind(asked["kind"]),
            times=None if times is None else max(1, int(times)),
            on=asked.get("on", "create"),
            to=str(match.get("to", "")),
            body=str(match.get("body", "")),
            code=int(asked.get("code", 0)),
            status=int(asked.get("status", 0)),
            seconds=float(asked.get("seconds", 0)),
            retry_after=None if retry_after is None else float(retry_after),
        )
    except (TypeError, ValueError):
        raise UnknownFault("times, code, status, seconds and retry_after must be numbers.") from None
