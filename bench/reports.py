"""The reports of a year over many texts: the time of the server for a page, in one process and without a network.

PostgreSQL has 20,000 conversations with ten texts each, which is there in a minute or two, or as many as
BENCH_CONVERSATIONS says: a million of them are the store that the goal is about. The texts are spread over recruiters
and jobs, so that a day of the small store is packed in nearly as many bytes as one of the large one. Its days are
counted ahead and its months summed, as a process that has run for a while has them; in turn the same pages are asked
for without the months.
"""

import asyncio
import os
import statistics
import sys
from collections.abc import Sequence

import structlog
from sqlalchemy import delete, insert

from bench.contest import number
from bench.report import Report, Verdict
from bench.stores import Store, seeded, served
from inbox.accounts import users
from inbox.reports import keeping
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import report_months
from inbox.storage.tables import users as user_rows

CONVERSATIONS = int(os.environ.get("BENCH_CONVERSATIONS", "20000"))
RECRUITERS, JOBS = 40, 60
MOST = 300.0
REQUESTS = 10
RESPONSE = "response, a year beside the one before"
PAGES = {
    "chat, a year": "/reports/chat?range=year",
    "chat, a year, 1:1": "/reports/chat?range=year&usage=person",
    "chat, all": "/reports/chat?range=all",
    RESPONSE: "/reports/response?range=year",
    "people behind a number": "/reports/chat/candidates?range=year&of=replied",
}

Times = dict[str, list[float]]
"""Milliseconds of every round's median, by page."""


def measure(rounds: int) -> list[Report]:
    """One report."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with seeded("postgresql", CONVERSATIONS) as url:
        return [asyncio.run(_measure(url, rounds))]


async def _measure(url: str, rounds: int) -> Report:
    async with served(url) as store:
        database: Database = store.app.state.database
        jo = await users.by_email(database, "jo@demo.test")
        if jo is None:
            raise LookupError("the database was not filled")
        tenant = Tenant(database, jo.organisation_id)
        await _spread(tenant)
        texts = await database.fetch_val("select count(*) from messages")
        ours, of_days = Times(), Times()
        for _round in range(rounds):
            await keeping.everything(tenant)
            await _play(store, ours)
            await tenant.execute(delete(report_months).where(report_months.c.organisation_id == tenant.organisation_id))
            await _play(store, of_days)
    return _report(f"Reports, postgresql, {texts:,} messages", ours, of_days)


async def _spread(tenant: Tenant) -> None:
    """Let many recruiters have written the texts, about many jobs."""
    ids = [new_id() for _one in range(RECRUITERS)]
    for place, user_id in enumerate(ids):
        await tenant.execute(
            insert(user_rows).values(
                organisation_id=tenant.organisation_id,
                id=user_id,
                email=f"recruiter{place}@demo.test",
                name=f"Recruiter {place}",
                role="recruiter",
                password_hash="none that fits",
            )
        )
    await tenant.execute(
        "update messages set author_id = (cast(:ids as uuid[]))[1 + abs(hashtext(id::text)) % :recruiters],"
        " job = 'Job ' || abs(hashtext(conversation_id::text)) % :jobs"
        " where organisation_id = :organisation and author_id is not null",
        {"ids": ids, "recruiters": RECRUITERS, "jobs": JOBS, "organisation": tenant.organisation_id},
    )


async def _play(store: Store, took: Times) -> None:
    for name, path in PAGES.items():
        times = [1000 * await store.get(path) for _ in range(2 + REQUESTS)][2:]
        took.setdefault(name, []).append(statistics.median(times))
        print(f"{name}: {number(took[name][-1])} ms", file=sys.stderr, flush=True)


def _report(title: str, ours: Times, of_days: Times) -> Report:
    took = {name: statistics.median(times) for name, times in ours.items()}
    ratios = {name: _ratio(ours[name], of_days[name]) for name in PAGES}
    slowest = max(took, key=lambda name: took[name])
    lines = [
        {
            "page": name,
            "ms": number(took[name]),
            "from days alone": number(statistics.median(of_days[name])),
            "ratio": number(ratios[name]),
        }
        for name in PAGES
    ]
    verdicts = [
        Verdict(f"every report under {MOST:g} ms", f"{number(took[slowest])} ms ({slowest})", took[slowest] < MOST),
        Verdict(
            "months at most half of days alone", f"{number(ratios[RESPONSE])} ({RESPONSE})", ratios[RESPONSE] < 0.5
        ),
    ]
    return Report(title, lines, verdicts, data={"pages": took, "ratios": ratios})


def _ratio(ours: Sequence[float], others: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(ours, others, strict=True))
