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
import time
from typing import NamedTuple

import structlog
from sqlalchemy import delete

from bench.contest import number
from bench.report import Report, Verdict
from bench.stores import Store, seeded, served
from inbox.accounts import users
from inbox.reports import keeping
from inbox.storage.bulk import bulk
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import report_months

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


class Took(NamedTuple):
    """Milliseconds: all until the answer, and those in which this process was busy, whatever else the machine did."""

    all: float
    busy: float


Times = dict[str, list[Took]]
"""Every round's medians, by page."""


def measure(rounds: int) -> list[Report]:
    """One report."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with seeded("postgresql", CONVERSATIONS) as url:
        _spread(url)
        return [asyncio.run(_measure(url, rounds))]


async def _measure(url: str, rounds: int) -> Report:
    async with served(url) as store:
        database: Database = store.app.state.database
        jo = await users.by_email(database, "jo@demo.test")
        if jo is None:
            raise LookupError("the database was not filled")
        tenant = Tenant(database, jo.organisation_id)
        texts = await database.fetch_val("select count(*) from messages")
        ours, of_days = Times(), Times()
        for _round in range(rounds):
            await keeping.everything(tenant)
            await _play(store, ours)
            await tenant.execute(delete(report_months).where(report_months.c.organisation_id == tenant.organisation_id))
            await _play(store, of_days)
    return _report(f"Reports, postgresql, {texts:,} messages", ours, of_days)


def _spread(url: str) -> None:
    """Let many recruiters have written the texts, about many jobs."""
    with bulk(url) as sink:
        ((organisation_id,),) = sink.all("select id from organisations", ())
        ids = [new_id() for _one in range(RECRUITERS)]
        for place, user_id in enumerate(ids):
            sink.do(
                "insert into users (organisation_id, id, email, name, role, password_hash)"
                " values (?, ?, ?, ?, 'recruiter', 'none that fits')",
                (organisation_id, user_id, f"recruiter{place}@demo.test", f"Recruiter {place}"),
            )
        sink.do(
            "update messages set author_id = (cast(? as uuid[]))[1 + mod(abs(hashtext(id::text)), ?)],"
            " job = 'Job ' || mod(abs(hashtext(conversation_id::text)), ?)"
            " where organisation_id = ? and author_id is not null",
            (f"{{{','.join(ids)}}}", RECRUITERS, JOBS, organisation_id),
        )


async def _play(store: Store, times: Times) -> None:
    for name, path in PAGES.items():
        took = [await _once(store, path) for _ in range(2 + REQUESTS)][2:]
        times.setdefault(name, []).append(Took(*(statistics.median(one) for one in zip(*took, strict=True))))
        print(f"{name}: {number(times[name][-1].all)} ms", file=sys.stderr, flush=True)


async def _once(store: Store, path: str) -> Took:
    began = time.process_time()
    took = await store.get(path)
    return Took(1000 * took, 1000 * (time.process_time() - began))


def _report(title: str, ours: Times, of_days: Times) -> Report:
    took = {name: statistics.median(one.all for one in times) for name, times in ours.items()}
    ratios = {
        name: statistics.median(one.busy / other.busy for one, other in zip(ours[name], of_days[name], strict=True))
        for name in PAGES
    }
    slowest = max(took, key=lambda name: took[name])
    lines = [
        {
            "page": name,
            "ms": number(took[name]),
            "busy ms": number(statistics.median(one.busy for one in ours[name])),
            "from days alone": number(statistics.median(one.busy for one in of_days[name])),
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
