"""Every page of a large inbox beside the same page of one with ten thousand conversations, and searches in it.

What is measured is the time of the server for an answer, in one process and without a network: median of many requests,
in turn to the one inbox and the other. PostgreSQL has a million conversations with ten million texts, or as many as
BENCH_CONVERSATIONS says with ten each; SQLite has a tenth of that. BENCH_STORES names two PostgreSQL databases
that `bench.stores.fill` has filled before, the small one first, to be measured as they are.
"""

import asyncio
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from bench.contest import number
from bench.read_pages import SEARCH, UNFILTERED, pages
from bench.report import Report, Verdict
from bench.stores import Store, seeded, served
from inbox.storage.database import Database
from tests import plans

SMALL = 10_000
LARGE = int(os.environ.get("BENCH_CONVERSATIONS", "1000000"))
REQUESTS = 20
"""Of each page to each inbox, a round."""
MOST = 1.3
MOST_OF_A_SEARCH = 2.0


@dataclass(frozen=True)
class Line:
    """A page: milliseconds in the small inbox and in the large one."""

    name: str
    small: float
    large: float

    @property
    def ratio(self) -> float:
        """The large inbox to the small one."""
        return self.large / self.small


def measure(rounds: int) -> list[Report]:
    """A report for each database."""
    # Only what the handlers take: no line for each request.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    return [_measure(kind, size, rounds) for kind, size in (("postgresql", LARGE), ("sqlite", LARGE // 10))]


def _measure(kind: str, size: int, rounds: int) -> Report:
    there = os.environ.get("BENCH_STORES", "").split()
    if kind == "postgresql" and there:
        return asyncio.run(_compare(kind, there[0], there[1], rounds))
    with seeded(kind, SMALL) as small, seeded(kind, size) as large:
        return asyncio.run(_compare(kind, small, large, rounds))


async def _compare(kind: str, small_url: str, large_url: str, rounds: int) -> Report:
    async with AsyncExitStack() as stack:
        small, large = [await stack.enter_async_context(served(url)) for url in (small_url, large_url)]
        lines = [await _line(name, path, small, large, rounds) for name, path in pages().items()]
        faults = await _faults(large)
        words = f"Reads, {kind}: {await _size(small)} beside {await _size(large)}"
        return _report(words, lines, faults, [await _setting(large)])


async def _line(name: str, path: str, small: Store, large: Store, rounds: int) -> Line:
    """The medians of a page, each store asked first in turn; what is asked first of all is not counted."""
    took: dict[str, list[float]] = {small.url: [], large.url: []}
    for request in range(-2, rounds * REQUESTS):
        for store in (small, large) if request % 2 else (large, small):
            seconds = await store.get(path)
            if request >= 0:
                took[store.url].append(seconds)
    line = Line(name, *(1000 * statistics.median(took[store.url]) for store in (small, large)))
    print(f"{name}: {number(line.small)} ms, {number(line.large)} ms", file=sys.stderr, flush=True)
    return line


async def _faults(store: Store) -> list[str]:
    """Pages for which the database would read a table whole or sort a long list."""
    found = []
    for name, path in pages().items():
        with plans.remembered() as statements:
            await store.get(path)
        found += [f"{name}: {fault.splitlines()[0]}" for fault in plans.faults(store.url, statements)]
    return found


async def _size(store: Store) -> str:
    database: Database = store.app.state.database
    conversations, messages = [
        await database.fetch_val(f"select count(*) from {table}") for table in ("conversations", "messages")
    ]
    return f"{conversations:,} conversations with {messages:,} messages"


async def _setting(store: Store) -> str:
    database: Database = store.app.state.database
    if database.dialect == "sqlite":
        return f"SQLite {await database.fetch_val('select sqlite_version()')}"
    shown = [await database.fetch_val(f"show {name}") for name in ("server_version", "shared_buffers", "work_mem")]
    return "PostgreSQL {}, shared_buffers {}, work_mem {}".format(*shown)


def _report(title: str, lines: Sequence[Line], faults: Sequence[str], notes: Sequence[str]) -> Report:
    unfiltered = next(line for line in lines if line.name == UNFILTERED).large
    plain = [line for line in lines if not line.name.startswith(SEARCH)]
    searches = [line for line in lines if line.name.startswith(SEARCH)]
    slowest = max(plain, key=lambda line: line.ratio)
    longest = max(searches, key=lambda line: line.large)
    verdicts = [
        Verdict(
            f"every page at most {MOST} times the small inbox", _words(slowest, slowest.ratio), slowest.ratio <= MOST
        ),
        Verdict(
            f"every search at most {MOST_OF_A_SEARCH:g} times the list without one",
            _words(longest, longest.large / unfiltered),
            longest.large <= MOST_OF_A_SEARCH * unfiltered,
        ),
        Verdict("no table read whole, no long list sorted", "; ".join(faults) or "none", not faults),
    ]
    data = {"pages": [{"page": line.name, "small ms": line.small, "large ms": line.large} for line in lines]}
    return Report(title, [_cells(line, unfiltered) for line in lines], verdicts, notes, data)


def _cells(line: Line, unfiltered: float) -> Mapping[str, str]:
    is_search = line.name.startswith(SEARCH)
    holds = line.large <= MOST_OF_A_SEARCH * unfiltered if is_search else line.ratio <= MOST
    return {
        "page": line.name,
        "small ms": number(line.small),
        "large ms": number(line.large),
        "large to small": f"{line.ratio:.2f}",
        "to the list": f"{line.large / unfiltered:.2f}" if is_search else "",
        "goal": "holds" if holds else "MISSED",
    }


def _words(line: Line, ratio: float) -> str:
    return f"{ratio:.2f} at most ({line.name})"
