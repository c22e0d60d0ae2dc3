"""Whole installations whose parts can be broken: PostgreSQL, Redis, the lines to them and every process by name."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from inbox.demo import MESSAGING_NUMBER
from inbox.storage.vault import new_key
from tests import services
from tests.clients import LOCAL
from tests.faults.balancer import Balancer
from tests.faults.postgres import PrivatePostgres
from tests.faults.proxy import Proxy
from tests.faults.redis import PrivateRedis
from tests.journeys.installation import Installation
from tests.journeys.processes import Processes, traces

METRICS_TOKEN = "for the tests only"
SECRET_KEY = "a key for faults that is long enough"


@dataclass(kw_only=True)
class Breakable(Installation):
    """An installation of processes "web", "web-2", "worker", "worker-2" and "sandbox", and what they stand on.

    `lines` are the proxies it was asked to go through: "postgres", "redis", "twilio" and "web" (what Twilio calls: the
    first process, or with "webs" each of them in turn, as long as it is ready).
    The sandbox keeps everything in memory, so it is the one process never to kill.
    """

    processes: Processes
    lines: Mapping[str, Proxy]
    postgres: PrivatePostgres | None = None
    redis: PrivateRedis | None = None
    _read: dict[Path, int] = field(default_factory=dict)

    @property
    def database(self) -> PrivatePostgres:
        """The PostgreSQL it has."""
        assert self.postgres is not None
        return self.postgres

    @property
    def hints(self) -> PrivateRedis:
        """The Redis it has."""
        assert self.redis is not None
        return self.redis

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query, past the product; the same words for both kinds of database."""
        if self.postgres is not None:
            return self.postgres.tell(statement)
        file = self.processes.folder / "inbox.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(statement).fetchall()

    def start(self, name: str) -> None:
        """Start a process that has ended again, and wait until it answers, if it is one that does."""
        self.processes.start(name)
        if name.startswith("web"):
            self.processes.wait_for(f"{self._web(name)}/readyz")

    def metric(self, name: str, *, of: str = "web") -> float:
        """A figure of a web process's /metrics."""
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        shown = httpx2.get(f"{self._web(of)}/metrics", headers=headers, **LOCAL, timeout=20).text
        return float(next(line.split()[1] for line in shown.splitlines() if line.startswith(f"{name} ")))

    def restore(self) -> None:
        """Everything runs and answers again, whatever was done to it, and Twilio does nothing wrong."""
        for line in self.lines.values():
            line.restore()
        for service in (self.postgres, self.redis):
            if service is not None:
                service.restore()
        names = self.processes.names
        for name in names:
            if self.processes.is_running(name):
                self.processes.thaw(name)
            else:
                self.processes.start(name)
        for web in self.webs:
            self.processes.wait_for(f"{web}/readyz")
        self.sandbox.delete("/sandbox/faults")

    def traces(self) -> list[str]:
        """The log entries with a traceback that were written since this was last asked."""
        fresh = []
        for name in self.processes.names:
            log = self.processes.log(name)
            text = log.read_text()
            fresh += traces(text[self._read.get(log, 0) :])
            self._read[log] = len(text)
        return fresh

    def _web(self, name: str) -> str:
        return self.webs[int(name.partition("-")[2] or 1) - 1]


@contextmanager
def production(
    folder: Path,
    *,
    webs: int = 2,
    workers: int = 1,
    through: Collection[str] = (),
    on_sqlite: bool = False,
    owns_nothing: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Breakable]:
    """Web processes, workers and a Twilio stand-in over a PostgreSQL (or an SQLite file) and a Redis of their own.

    With `owns_nothing` they come to PostgreSQL as another user than the one who owns the tables.
    """
    with ExitStack() as stack:
        redis = stack.enter_context(_own_redis())
        postgres = None if on_sqlite else stack.enter_context(_own_postgres())
        ways = _Ways(stack, through)
        database = f"sqlite:///{folder}/inbox.db"
        if postgres is not None:
            database = f"postgresql://postgres@127.0.0.1:{ways.to('postgres', postgres.port)}/postgres"
        settings = {
            "INBOX_DATABASE_URL": database,
            "INBOX_REDIS_URL": f"redis://127.0.0.1:{ways.to('redis', redis.port)}/0",
        }
        if postgres is not None and owns_nothing:
            postgres.tell("CREATE ROLE inbox LOGIN")
            settings |= {
                "INBOX_DATABASE_OWNER_URL": database,
                "INBOX_DATABASE_URL": database.replace("postgres@", "inbox@"),
            }
        settings |= environment or {}
        names = [*_named("web", webs), *_named("worker", workers)]
        yield stack.enter_context(_installed(folder, ways, settings, names, postgres=postgres, redis=redis))


@contextmanager
def embedded(
    folder: Path, *, through: Collection[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[Breakable]:
    """One process "web" that works as well, on SQLite and without Redis; the Twilio stand-in is a process apart."""
    settings = {"INBOX_DATABASE_URL": f"sqlite:///{folder}/inbox.db", "INBOX_REDIS_URL": "memory://"}
    settings |= environment or {}
    with ExitStack() as stack:
        yield stack.enter_context(_installed(folder, _Ways(stack, through), settings, ["web"]))


@dataclass(frozen=True)
class _Ways:
    """Addresses, each through a proxy where one is wanted."""

    stack: ExitStack
    through: Collection[str]
    lines: dict[str, Proxy] = field(default_factory=dict)

    def to(self, name: str, port: int) -> int:
        if name not in self.through:
            return port
        self.lines[name] = self.stack.enter_context(Proxy(port))
        return self.lines[name].port

    def to_web(self, ports: Sequence[int]) -> int:
        if "webs" not in self.through:
            return self.to("web", ports[0])
        self.lines["webs"] = self.stack.enter_context(Balancer(ports))
        return self.lines["webs"].port


@contextmanager
def _installed(
    folder: Path,
    ways: _Ways,
    settings: Mapping[str, str],
    names: Sequence[str],
    *,
    postgres: PrivatePostgres | None = None,
    redis: PrivateRedis | None = None,
) -> Iterator[Breakable]:
    ports = {name: services.free_port() for name in names if name.startswith("web")}
    twilio = services.free_port()
    environment = {
        "INBOX_SECRET_KEY": SECRET_KEY,
        "INBOX_VAULT_KEYS": new_key(),
        "INBOX_METRICS_TOKEN": METRICS_TOKEN,
        "INBOX_PUBLIC_URL": _local(ways.to_web(list(ports.values()))),
        "INBOX_TWILIO_API_URL": _local(ways.to("twilio", twilio)),
        **settings,
    }
    processes = Processes(folder, environment)
    with ExitStack() as stack:
        stack.callback(processes.stop)
        processes.do("seed", "--conversations", "0", "--messages", "0")
        _top_up(folder, postgres)
        processes.start("sandbox", "sandbox", "--port", str(twilio))
        for name, port in ports.items():
            processes.start(name, "serve", INBOX_PORT=str(port))
        for name in names[len(ports) :]:
            processes.start(name, "worker")
        for url in (*(f"{_local(port)}/readyz" for port in ports.values()), f"{_local(twilio)}/sandbox/phones"):
            processes.wait_for(url)
        yield Breakable(
            mode="production" if postgres else "embedded",
            url=environment["INBOX_PUBLIC_URL"],
            webs=tuple(_local(port) for port in ports.values()),
            sandbox=stack.enter_context(httpx2.Client(base_url=_local(twilio), timeout=60, **LOCAL)),
            number=MESSAGING_NUMBER,
            do=processes.do,
            processes=processes,
            lines=ways.lines,
            postgres=postgres,
            redis=redis,
        )


def _top_up(folder: Path, postgres: PrivatePostgres | None) -> None:
    """Segments for more texts than any test has."""
    statement = "UPDATE segment_balances SET balance = 100000000, topped_to = 100000000"
    if postgres is not None:
        postgres.tell(statement)
        return
    with closing(sqlite3.connect(folder / "inbox.db")) as connection, connection:
        connection.execute(statement)


@contextmanager
def _own_postgres() -> Iterator[PrivatePostgres]:
    postgres = PrivatePostgres()
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.kill()


@contextmanager
def _own_redis() -> Iterator[PrivateRedis]:
    redis = PrivateRedis()
    redis.start_and_wait()
    try:
        yield redis
    finally:
        redis.kill()


def _named(name: str, count: int) -> list[str]:
    return [name, *(f"{name}-{place}" for place in range(2, count + 1))][:count]


def _local(port: int) -> str:
    return f"http://127.0.0.1:{port}"
