"""Webhooks a second that are stored for good, beside a bare handler with one insert of the same body.

Server and callers are processes of their own; requests are signed before the clock starts. Each caller sends its next
text as soon as the last one is answered, so the rate is what the server takes, and p99 stays far below a second.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psycopg

from bench.callers import Answers, Calls, Target
from bench.contest import Contender, Figures, Goal, Kind, contest
from bench.processes import usage
from bench.report import Report
from inbox.accounts import companies, organisations
from inbox.provisioning import company_numbers, credentials
from inbox.storage import migrate
from inbox.storage.database import Database, Tenant
from inbox.storage.vault import Vault, new_key
from tests import services
from tests.journeys.processes import Processes
from tests.journeys.waiting import until

TEXTS = {"postgresql": 10_000, "sqlite": 3_000}
CONNECTIONS = (16, 64)
ORGANISATIONS = (1, 100)
CANDIDATES = 1_000
MOST_MILLISECONDS = 1_000.0
"""How long the slowest hundredth may wait; a rate at which it waits longer does not count."""
RATE = "texts/s"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, its database, and where texts are told to it."""

    process: int
    database_url: str
    targets: list[Target]


def measure(rounds: int) -> list[Report]:
    """A contest for each database and number of organisations."""
    return [_contest(name, count, rounds) for name in TEXTS for count in ORGANISATIONS]


def _contest(name: str, count: int, rounds: int) -> Report:
    contenders = [
        Contender("inbox serve", Kind.OURS, partial(_play, name, partial(_inbox, name, count))),
        Contender("a handler with one insert", Kind.LIMIT, partial(_play, name, partial(_bare, name))),
    ]
    goals = [Goal(RATE, at_least=0.5, of=Kind.LIMIT)] if name == "postgresql" else []
    title = f"Signed webhooks stored for good, {name}, {count} organisation{'s' if count > 1 else ''}"
    return contest(title, contenders, rounds=rounds, goals=goals)


def _play(name: str, start: Callable[[], AbstractContextManager[Server]]) -> Figures:
    """The fastest of the runs; the first one, in which each candidate texts for the first time, is told apart."""
    with start() as server:
        calls = Calls(server.targets, CANDIDATES // len(server.targets), CANDIDATES, CONNECTIONS[0])
        strangers = _run(server, calls)
        _analyze(server.database_url)
        runs = []
        for place, connections in enumerate(CONNECTIONS):
            first, texts = CANDIDATES + place * TEXTS[name], TEXTS[name]
            runs.append(_run(server, replace(calls, texts=texts, connections=connections, first=first)))
    in_time = [run for run in runs if run["p99 ms"] < MOST_MILLISECONDS]
    return {**max(in_time, key=lambda run: run[RATE]), "strangers/s": strangers[RATE]}


def _run(server: Server, calls: Calls) -> Figures:
    """What the callers saw, and the processor time a text took in each part."""
    sessions = _sessions(server.database_url)
    before, database_before = usage(server.process), usage(*sessions)
    done = subprocess.run(
        [sys.executable, "-m", "bench.callers"],
        input=json.dumps(asdict(calls)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    after, database_after = usage(server.process), usage(*sessions)
    answers = Answers(**json.loads(done.stdout))
    if answers.refused:
        raise RuntimeError(f"{answers.refused} of {calls.texts} texts were not taken")
    each = 1e6 / answers.taken
    return {
        RATE: answers.rate,
        "p50 ms": answers.p50,
        "p99 ms": answers.p99,
        "lines": calls.connections,
        "web µs": (after.cpu - before.cpu) * each,
        "database µs": (database_after.cpu - database_before.cpu) * each,
        "callers µs": answers.cpu_seconds * each,
    }


def _analyze(database_url: str) -> None:
    """What PostgreSQL does by itself within a minute: until then it plans for tables that are empty."""
    if not database_url.startswith("sqlite"):
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("analyze")


def _sessions(database_url: str) -> list[int]:
    """The processes of PostgreSQL that work for this database; SQLite works in the server's own."""
    if database_url.startswith("sqlite"):
        return []
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            " and backend_type = 'client backend'"
        ).fetchall()
    return [row[0] for row in rows]


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/inbox.db"
        return
    with services.fresh_postgres_database() as url:
        yield url


@contextmanager
def _bare(name: str) -> Iterator[Server]:
    port = services.free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as database_url:
        options = ("--host=127.0.0.1", f"--port={port}", "--loop=uvloop", "--http=httptools", "--no-access-log")
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "bench.bare_ingest:app", *options, "--log-level=warning"],
            env={"BARE_DATABASE": database_url},
        )
        try:
            until(partial(_answers, f"{url}/healthz"), seconds=30)
            target = Target(f"{url}/hooks/twilio/bare/message", f"AC{0:032x}", "a token of nobody", "+61491570006")
            yield Server(server.pid, database_url, [target])
        finally:
            server.terminate()
            server.wait()


@contextmanager
def _inbox(name: str, count: int) -> Iterator[Server]:
    """`inbox serve`: over PostgreSQL and Redis without the worker, over SQLite with everything in it."""
    port = services.free_port()
    url = f"http://127.0.0.1:{port}"
    key = new_key()
    with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as database_url:
        redis = "memory://" if name == "sqlite" else urlsplit(services.redis_url())._replace(path="/8").geturl()
        processes = Processes(
            Path(folder),
            {
                "INBOX_DATABASE_URL": database_url,
                "INBOX_REDIS_URL": redis,
                "INBOX_SECRET_KEY": "a key for measurements that is long enough",
                "INBOX_VAULT_KEYS": key,
                "INBOX_PUBLIC_URL": url,
                "INBOX_PORT": str(port),
                "INBOX_LOG_FORMAT": "json",
                "INBOX_TWILIO_API_URL": "http://127.0.0.1:9",
            },
            anew=True,
        )
        migrate.upgrade(database_url)
        targets = asyncio.run(_organisations(database_url, Vault([key]), url, count))
        processes.start("web", "serve")
        try:
            processes.wait_for(f"{url}/readyz")
            yield Server(processes.process("web"), database_url, targets)
        finally:
            processes.stop()


async def _organisations(database_url: str, vault: Vault, url: str, count: int) -> list[Target]:
    async with Database(database_url) as database:
        return [await _organisation(database, vault, url, place) for place in range(count)]


async def _organisation(database: Database, vault: Vault, url: str, place: int) -> Target:
    made = await organisations.create(database, f"Employer {place}", time_zone="UTC")
    tenant = Tenant(database, made.id)
    company = await companies.create(tenant, "Recruiting")
    account = await credentials.create(
        tenant, vault, account_sid=f"AC{place:032x}", auth_token=f"the token of employer {place}"
    )
    number = await company_numbers.add(
        tenant, company_id=company.id, provider_account_id=account.id, number=f"+614915{place:05d}"
    )
    return Target(f"{url}{account.message_path}", account.account_sid, account.auth_token, number.number)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False
