"""Many measured times in a few words."""

from collections.abc import Sequence


def percentile(seconds: Sequence[float], share: float) -> float:
    """The time that this share of them took at most."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def in_words(seconds: Sequence[float]) -> str:
    """Their middle, their 99th percentile and the longest, in milliseconds."""
    shown = (percentile(seconds, 0.5), percentile(seconds, 0.99), max(seconds))
    return "p50 {} p99 {} longest {} ms".format(*(round(1000 * one) for one in shown))
