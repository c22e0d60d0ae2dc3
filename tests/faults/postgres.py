"""A PostgreSQL of the tests alone, to be crashed, frozen and started again with its data."""

import contextlib
import os
import signal
import subprocess
from typing import Any

import psycopg

from tests import servers, services
from tests.journeys.waiting import until


class PrivatePostgres:
    """Not running yet; its data, `port` and `url` stay the same whatever happens to it."""

    def __init__(self) -> None:
        self.port = services.free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._home = servers.create_postgres()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers; after a crash it first recovers what was committed."""
        self._process = servers.serve_postgres(self._home, self.port)

    def crash(self) -> None:
        """`pg_ctl stop -m immediate`: every session is cut off, nothing is written out."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """SIGKILL to the server and all of its processes, as when the machine loses power."""
        if self._process is None:
            return
        # Stopped first, so that it starts no process that nobody knows of.
        everyone = self._signal(signal.SIGSTOP)
        for process in everyone:
            os.kill(process, signal.SIGKILL)
        self._process.wait()
        until(lambda: not any(_is_alive(process) for process in everyone))
        self._process = None

    def freeze(self) -> None:
        """It keeps every line open and answers nothing; new lines are taken by the kernel alone."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was frozen."""
        self._signal(signal.SIGCONT)

    def tell(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement as the superuser; its rows."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            answer = connection.execute(statement.encode(), values)
            return answer.fetchall() if answer.description else []

    def restore(self) -> None:
        """Running and thawed."""
        if self._process is None:
            self.start()
        self.thaw()

    def _signal(self, number: int) -> list[int]:
        """Send it to the server and its processes; who they are. Each of them leads a session of its own."""
        assert self._process is not None
        os.kill(self._process.pid, number)
        everyone = [self._process.pid, *_children(self._process.pid)]
        for process in everyone[1:]:
            with contextlib.suppress(ProcessLookupError):  # it ended since it was listed
                os.kill(process, number)
        return everyone


def _children(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = (line.split() for line in listed.splitlines())
    return [int(process) for process, its_parent in pairs if int(its_parent) == parent]


def _is_alive(process: int) -> bool:
    """Whether it runs; one that ended and that nobody has waited for yet does not."""
    state = subprocess.run(["ps", "-o", "state=", "-p", str(process)], capture_output=True, text=True, check=False)
    return state.stdout.strip() not in {"", "Z"}
