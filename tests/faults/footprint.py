"""What a process holds: memory, open files and threads, as Linux tells it, and how fast that grows."""

from dataclasses import dataclass
from pathlib import Path

KNOWN = Path("/proc/self/status").exists()
"""Only Linux tells."""

_MEGABYTE = 1024


@dataclass(frozen=True)
class Footprint:
    """Of one process at one moment; `seconds` on the monotonic clock, memory in MB."""

    seconds: float
    memory: float
    files: int
    threads: int


def of(process: int, seconds: float) -> Footprint:
    """What this process holds. Raises FileNotFoundError when it has ended."""
    home = Path(f"/proc/{process}")
    lines = dict(line.split(":", 1) for line in (home / "status").read_text().splitlines() if ":" in line)
    return Footprint(
        seconds=seconds,
        memory=int(lines["VmRSS"].split()[0]) / _MEGABYTE,
        files=len(list((home / "fd").iterdir())),
        threads=int(lines["Threads"]),
    )


def growth(samples: list[Footprint]) -> str:
    """From the first to the last in words, and the slope of the memory in the second half, in MB a minute."""
    first, last = samples[0], samples[-1]
    half = samples[len(samples) // 2 :]
    return (
        f"memory {first.memory:.0f} to {last.memory:.0f} MB ({_slope(half):+.2f} MB/min in the second half),"
        f" files {first.files} to {last.files}, threads {first.threads} to {last.threads}"
    )


def _slope(samples: list[Footprint]) -> float:
    """By least squares, so that no single sample decides."""
    middle = sum(one.seconds for one in samples) / len(samples)
    mean = sum(one.memory for one in samples) / len(samples)
    spread = sum((one.seconds - middle) ** 2 for one in samples)
    if not spread:
        return 0.0
    return 60 * sum((one.seconds - middle) * (one.memory - mean) for one in samples) / spread
