"""Many measured times in a few figures."""

from collections.abc import Sequence


def percentile(seconds: Sequence[float], share: float) -> float:
    """The time that this share of them took at most."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """The median, the 99th percentile and the longest of durations in seconds, as figures in milliseconds."""
    return {
        "p50 ms": 1000 * percentile(seconds, 0.50),
        "p99 ms": 1000 * percentile(seconds, 0.99),
        "longest ms": 1000 * max(seconds),
    }
