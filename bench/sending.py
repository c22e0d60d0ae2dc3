"""A campaign's texts through outbox, worker and sandbox, beside our client alone against the same sandbox.

Two workers of ours, of which each is killed once on the way and started again; for the limit two processes that do
nothing but call Twilio. The sandbox reports every text twice: to us, or to a sink. The time is that until it has taken
all of them. Leases are as short as in the tests of faults, so that the texts of a killed worker go on after seconds.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
from sqlalchemy import select

from bench.contest import Contender, Figures, Goal, Kind, contest
from bench.processes import usage
from bench.report import Report
from inbox.accounts import users
from inbox.messaging import bulk
from inbox.messaging.bulk import BulkText
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import conversations
from inbox.storage.vault import new_key
from tests import services
from tests.journeys.processes import HURRIED, Processes
from tests.journeys.waiting import until

TEXTS = 100_000
RATE = "texts/s"
WORKERS = ("worker", "worker-2")
# The last texts wait for leases and for what is in doubt.
PATIENCE_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class House:
    """A running installation without its workers."""

    processes: Processes
    database_url: str
    twilio: str
    facts: dict[str, Any]


def measure(rounds: int, texts: int = TEXTS) -> list[Report]:
    """One contest over so many texts a round."""
    contenders = [
        Contender("outbox, two workers, one of them killed at a time", Kind.OURS, partial(_ours, texts)),
        Contender("the client alone, two processes", Kind.LIMIT, partial(_limit, texts)),
    ]
    goals = [
        Goal(RATE, at_least=0.8, of=Kind.LIMIT),
        Goal("lost", at_most=0),
        Goal("doubled", at_most=0),
        Goal("in doubt", at_most=0),
    ]
    return [contest(f"{texts:,} queued texts, PostgreSQL", contenders, rounds=rounds, goals=goals)]


def _ours(texts: int) -> Figures:
    with open_house(texts) as house:
        tell(house, "update company_numbers set segments_per_second = 100000")
        began = time.monotonic()
        promised = asyncio.run(_queue(house, texts))
        queueing = time.monotonic() - began
        tell(house, "analyze")
        seconds, used = _sent(house, promised)
        return _judged(house, promised) | {"queued/s": promised / queueing, RATE: promised / seconds} | used


async def _queue(house: House, texts: int) -> int:
    """Promise a text to each of so many conversations; how many were queued."""
    queued = 0
    async with Database(house.database_url) as database:
        jo = await users.by_email(database, "jo@demo.test")
        if jo is None:
            raise RuntimeError("the demo organisation has no Jo")
        tenant = Tenant(database, jo.organisation_id)
        found = await tenant.fetch_all(
            select(conversations.c.id)
            .where(conversations.c.organisation_id == tenant.organisation_id)
            .order_by(conversations.c.id)
            .limit(texts)
        )
        wanted = (BulkText(new_id(), row.id, f"Are you free on Tuesday? ({place})") for place, row in enumerate(found))
        async for batch in bulk.queue(tenant, jo, wanted, source="campaign"):
            queued += len(batch.queued)
    return queued


def _sent(house: House, promised: int) -> tuple[float, Figures]:
    """Seconds from the workers' first claim until Twilio has every text; each worker is killed once meanwhile."""
    cpu = _cpu(house)
    for name in WORKERS:
        house.processes.start(name, "worker")
    until(lambda: _left(house) < promised, seconds=60)
    began, ends = time.monotonic(), 0.0
    for turn, name in enumerate(WORKERS, 1):
        until(partial(_has, house, promised * turn // 3, promised), seconds=PATIENCE_SECONDS, every=0.2)
        ends += usage(house.processes.process(name)).cpu
        house.processes.kill(name)
        house.processes.start(name)
    until(partial(_has, house, promised, promised), seconds=PATIENCE_SECONDS, every=0.2)
    seconds = time.monotonic() - began
    ends += sum(usage(house.processes.process(name)).cpu for name in WORKERS)
    each = 1e6 / promised
    used = {name: (after - cpu[name]) * each for name, after in _cpu(house).items()}
    return seconds, {"workers µs": ends * each, **used}


def _cpu(house: House) -> dict[str, float]:
    """Processor seconds of the other parts so far; of PostgreSQL that of the sessions there are now."""
    with psycopg.connect(house.database_url) as connection:
        sessions = connection.execute(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        ).fetchall()
    return {
        "web µs": usage(house.processes.process("web")).cpu,
        "sandbox µs": usage(house.processes.process("sandbox")).cpu,
        "database µs": usage(*(row[0] for row in sessions)).cpu if sessions else 0.0,
    }


def _judged(house: House, promised: int) -> Figures:
    """What became of them, when nothing is in doubt any more or nothing moves."""

    def is_settled() -> bool:
        return not ask(house, "select 1 from jobs where kind in ('send', 'confirm') limit 1")

    until(is_settled, seconds=PATIENCE_SECONDS, every=0.5)
    seen = summary(house)
    unsent = "status in ('queued', 'claimed', 'unknown', 'unconfirmed', 'failed')"
    ((doubted,),) = ask(house, f"select count(*) from messages where source = 'campaign' and {unsent}")
    ((doubts,),) = ask(house, "select count(distinct message_id) from message_status_log where status = 'unknown'")
    return {
        "lost": promised - seen["recipients"],
        "doubled": seen["outbound"] - seen["recipients"],
        "in doubt": doubted,
        "were in doubt": doubts,
    }


def _limit(texts: int) -> Figures:
    with open_house(0) as house, ExitStack() as stack:
        port = services.free_port()
        sink = subprocess.Popen([sys.executable, "-m", "bench.bare_sending", "sink", str(port)])
        stack.callback(sink.wait)
        stack.callback(sink.terminate)
        until(partial(_answers, f"http://127.0.0.1:{port}/"), seconds=30)
        facts = house.facts
        told = {
            "api_url": house.twilio,
            "account_sid": facts["account_sid"],
            "auth_token": facts["auth_token"],
            "number": facts["numbers"]["messaging"],
            "status_url": f"http://127.0.0.1:{port}/status",
            "texts": texts // 2,
        }
        before = usage(house.processes.process("sandbox")).cpu
        clients = [_client(told | {"first": place * (texts // 2)}) for place in range(2)]
        until(lambda: summary(house)["outbound"] > 0, seconds=60)
        began = time.monotonic()
        if any(client.wait() for client in clients):
            raise RuntimeError("a client failed")
        seconds = time.monotonic() - began
        return {
            RATE: 2 * (texts // 2) / seconds,
            "sandbox µs": (usage(house.processes.process("sandbox")).cpu - before) * 1e6 / texts,
            "web µs": usage(sink.pid).cpu * 1e6 / texts,
        }


def _client(told: dict[str, Any]) -> subprocess.Popen[str]:
    client = subprocess.Popen([sys.executable, "-m", "bench.bare_sending"], stdin=subprocess.PIPE, text=True)
    if client.stdin is not None:
        client.stdin.write(json.dumps(told))
        client.stdin.close()
    return client


@contextmanager
def open_house(candidates: int) -> Iterator[House]:
    """A web process and a sandbox over PostgreSQL and Redis, with the demo organisation and so many candidates."""
    web, twilio = services.free_port(), services.free_port()
    url, twilio_url = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{twilio}"
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        database_url = stack.enter_context(services.fresh_postgres_database())
        environment = {
            **HURRIED,
            "INBOX_DATABASE_URL": database_url,
            "INBOX_REDIS_URL": urlsplit(services.redis_url())._replace(path="/8").geturl(),
            "INBOX_SECRET_KEY": "a key for measurements that is long enough",
            "INBOX_VAULT_KEYS": new_key(),
            "INBOX_PUBLIC_URL": url,
            "INBOX_PORT": str(web),
            "INBOX_TWILIO_API_URL": twilio_url,
            "INBOX_LOG_FORMAT": "json",
        }
        processes = Processes(Path(folder), environment, anew=True)
        stack.callback(processes.stop)
        processes.do("seed", "--conversations", str(candidates), "--messages", str(candidates))
        processes.do("top-up", "100000000")
        processes.start("sandbox", "sandbox", "--port", str(twilio))
        processes.start("web", "serve")
        processes.wait_for(f"{url}/readyz")
        processes.wait_for(f"{twilio_url}/sandbox/phones")
        yield House(processes, database_url, twilio_url, json.loads(processes.do("info", "--json")))


def _has(house: House, texts: int, promised: int) -> bool:
    """Whether Twilio has so many of the texts that were promised."""
    return promised - _left(house) >= texts


def _left(house: House) -> int:
    ((left,),) = ask(house, "select count(*) from jobs where kind = 'send'")
    return int(left)


def summary(house: House) -> dict[str, Any]:
    """What the sandbox has taken."""
    answer = httpx2.get(f"{house.twilio}/sandbox/summary", timeout=120, trust_env=False)
    return dict(answer.json())


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False).is_success
    except httpx2.TransportError:
        return False


def ask(house: House, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query, past the product."""
    with psycopg.connect(house.database_url) as connection:
        return connection.execute(query.encode()).fetchall()


def tell(house: House, statement: str) -> None:
    """Do a statement, past the product."""
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        connection.execute(statement.encode())
