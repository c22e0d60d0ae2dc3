"""What processes and all they have started take: processor time, memory, open files. Linux tells it in /proc."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_KIB = 1024


@dataclass(frozen=True)
class Usage:
    """Of a process tree at one moment: processor seconds since its start, memory in bytes, open files, and when."""

    at: float
    cpu: float
    rss: int
    """Resident memory, shared pages counted in each process."""
    pss: int
    """Resident memory, shared pages divided among those that share them."""
    files: int

    def since(self, before: "Usage") -> dict[str, float]:
        """Processor seconds used and the share of one processor that this was."""
        used = self.cpu - before.cpu
        return {"cpu s": used, "cpu share": used / max(self.at - before.at, 1e-9)}


def usage(*roots: int) -> Usage:
    """What these processes and their descendants take now. Raises FileNotFoundError when one of the roots has ended."""
    cpu, rss, pss, files = 0.0, 0, 0, 0
    at = time.monotonic()
    for process in tree(*roots):
        home = Path(f"/proc/{process}")
        try:
            fields = (home / "stat").read_text().rpartition(")")[2].split()
            sizes = _sizes((home / "smaps_rollup").read_text().splitlines())
            open_files = len(list((home / "fd").iterdir()))
        except (FileNotFoundError, ProcessLookupError):
            if process in roots:
                raise
            continue
        # utime, stime, and those of children that have been waited for.
        cpu += sum(int(fields[place]) for place in (11, 12, 13, 14)) / _TICKS
        rss += sizes["Rss"]
        pss += sizes["Pss"]
        files += open_files
    return Usage(at, cpu, rss, pss, files)


def tree(*roots: int) -> list[int]:
    """These processes and their descendants."""
    children: dict[int, list[int]] = {}
    for home in Path("/proc").iterdir():
        if home.name.isdecimal() and (parent := _parent(home)) is not None:
            children.setdefault(parent, []).append(int(home.name))
    found = list(roots)
    for process in found:
        found += [child for child in children.get(process, ()) if child not in found]
    return found


def _parent(home: Path) -> int | None:
    try:
        return int((home / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _sizes(lines: Iterable[str]) -> dict[str, int]:
    """The lines "Rss:   1234 kB" of smaps_rollup, in bytes."""
    parts = (line.split() for line in lines)
    return {words[0].rstrip(":"): int(words[1]) * _KIB for words in parts if len(words) == 3}
