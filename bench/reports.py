"""The reports of a year over many texts: the time of the server for a page, in one process and without a network.

PostgreSQL has a million conversations with ten million texts, or as many as BENCH_CONVERSATIONS says with ten each, and
its days are counted ahead, as a process that has run for a while has them.
"""

import asyncio
import statistics
import sys

import structlog

from bench.contest import number
from bench.reads import LARGE
from bench.report import Report, Verdict
from bench.stores import seeded, served
from inbox.accounts import users
from inbox.reports import keeping
from inbox.storage.database import Database, Tenant

MOST = 300.0
REQUESTS = 10
PAGES = {
    "chat, a year": "/reports/chat?range=year",
    "chat, a year, 1:1": "/reports/chat?range=year&usage=person",
    "chat, all": "/reports/chat?range=all",
    "response, a year beside the one before": "/reports/response?range=year",
    "people behind a number": "/reports/chat/candidates?range=year&of=replied",
}


def measure(rounds: int) -> list[Report]:
    """One report."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with seeded("postgresql", LARGE) as url:
        return [asyncio.run(_measure(url, rounds))]


async def _measure(url: str, rounds: int) -> Report:
    await _count(url)
    async with served(url) as store:
        database: Database = store.app.state.database
        texts = await database.fetch_val("select count(*) from messages")
        took = {}
        for name, path in PAGES.items():
            times = [1000 * await store.get(path) for _ in range(2 + rounds * REQUESTS)][2:]
            took[name] = statistics.median(times)
            print(f"{name}: {number(took[name])} ms", file=sys.stderr, flush=True)
    slowest = max(took, key=lambda name: took[name])
    verdict = Verdict(
        f"every report under {MOST:g} ms", f"{number(took[slowest])} ms ({slowest})", took[slowest] < MOST
    )
    lines = [{"page": name, "ms": number(one)} for name, one in took.items()]
    return Report(f"Reports, postgresql, {texts:,} messages", lines, [verdict], data={"pages": took})


async def _count(url: str) -> None:
    async with Database(url) as database:
        jo = await users.by_email(database, "jo@demo.test")
        if jo is None:
            raise LookupError("the database was not filled")
        await keeping.everything(Tenant(database, jo.organisation_id))
