"""`inbox run` as a process that a test may end, freeze and start again, in its folder and on its port."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2

from inbox.demo import MESSAGING_NUMBER
from tests import services
from tests.clients import LOCAL
from tests.journeys.forks import Fork
from tests.journeys.installation import Installation
from tests.journeys.processes import HURRIED, START_SECONDS, STOP_SECONDS, Processes, traces
from tests.journeys.waiting import until

METRICS_TOKEN = "for the tests only"


class Server:
    """One embedded installation; `ways` are the ways into it."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1") -> None:
        port = services.free_port()
        self.url = f"http://{host}:{port}"
        address = {"INBOX_HOST": "0.0.0.0", "INBOX_PORT": str(port), "INBOX_PUBLIC_URL": self.url}
        settings = {**address, "INBOX_METRICS_TOKEN": METRICS_TOKEN, "INBOX_PRIVATE_ISSUERS": "allow", **HURRIED}
        self._commands = Processes(folder, settings)
        self._log = folder / "run.log"
        self.start()
        self.ways = Installation(
            mode="embedded",
            url=self.url,
            webs=(self.url,),
            sandbox=httpx2.Client(base_url=self.url, timeout=30, **LOCAL),
            number=MESSAGING_NUMBER,
            do=self._commands.do,
        )

    def start(self, *, code: Path | None = None) -> None:
        """Start it, from another tree of the code if one is given, and wait until it answers."""
        environment = dict(self._commands.environment)
        if code is not None:
            environment["PYTHONPATH"] = str(code)
        self._process = Fork(["run"], self._commands.folder, environment, self._log)
        until(self._answers, seconds=START_SECONDS)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(STOP_SECONDS)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Everything stays open and nothing is answered, as when a network goes away without a word."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def sockets(self) -> int:
        """How many websockets it holds open."""
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        lines = httpx2.get(f"{self.url}/metrics", headers=headers, **LOCAL).text.splitlines()
        return int(float(next(line for line in lines if line.startswith("inbox_sockets ")).split()[1]))

    def copy_database(self) -> Path:
        """A copy of the database as it is now, made while everything runs."""
        copy = self._commands.folder / "copy.db"
        with closing(sqlite3.connect(self._database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy

    def restore_database(self, copy: Path) -> None:
        """Put a copy in the place of the database, as docs/operations.md says; nothing may run."""
        for suffix in ("-wal", "-shm"):
            self._database.with_name(self._database.name + suffix).unlink(missing_ok=True)
        copy.replace(self._database)
        self._commands.do("restored")

    def forget_events(self) -> None:
        """Throw the log of events away, as the housekeeping does with what is a week old."""
        with closing(sqlite3.connect(self._database, timeout=30)) as database, database:
            database.execute("DELETE FROM events")

    def end_widgets(self) -> None:
        """End every widget in other systems' pages, as their time does."""
        with closing(sqlite3.connect(self._database, timeout=30)) as database, database:
            database.execute("UPDATE embed_sessions SET expires_at = '2001-01-01 00:00:00.000000'")

    def open_widgets(self) -> int:
        """How many there are."""
        with closing(sqlite3.connect(self._database, timeout=30)) as database:
            asked = "SELECT count(*) FROM embed_sessions WHERE expires_at > '2002'"
            (number,) = database.execute(asked).fetchone()
        return int(number)

    @property
    def _database(self) -> Path:
        return self._commands.folder / "var/inbox.db"

    def close(self) -> None:
        """End it for good; nothing may have gone wrong in it."""
        self.ways.sandbox.close()
        self.stop()
        printed = self._log.read_text()
        assert not traces(printed), printed

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        try:
            return httpx2.get(f"{self.url}/healthz", timeout=5, **LOCAL).status_code == 200
        except httpx2.TransportError:
            return False
