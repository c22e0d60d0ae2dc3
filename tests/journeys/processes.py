"""The commands of an installation as processes with names, to be ended, frozen and started again."""

import os
import re
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.clients import LOCAL
from tests.journeys import forks
from tests.journeys.forks import Fork
from tests.journeys.waiting import until

# For the environment of processes that shall not wait for minutes.
HURRIED = {"PYTHONPATH": str(forks.HURRIED)}
START_SECONDS = 60.0
STOP_SECONDS = 20.0

# How a logged exception begins: Python's own way, and ours (inbox/logs.py), which goes without the headline.
_TRACE = re.compile(r'^Traceback \(most recent call last\)|^  File "', re.MULTILINE)
_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\dT)", re.MULTILINE)


def traces(printed: str) -> list[str]:
    """The entries of a log that carry a traceback: what nobody foresaw ends as one."""
    return [record for record in _RECORD.split(printed) if _TRACE.search(record)]


@dataclass
class Command:
    """What is started under a name, and the process that runs it at present."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: Fork | None = None

    @property
    def running(self) -> Fork:
        """The process, which has been started."""
        assert self.process is not None, f"{self.arguments} was never started"
        return self.process

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Processes:
    """The commands that run in one folder; what they print goes to files beside them.

    Each is a fork of a process that has read their code, or with `anew` a process as a shell starts it.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], *, anew: bool = False) -> None:
        self.folder = folder
        self._anew = anew
        self.environment = {**_plain_environment(), **environment}
        self._commands: dict[str, Command] = {}

    def do(self, *arguments: str) -> str:
        """Run a command to its end; what it printed."""
        with tempfile.NamedTemporaryFile() as file:
            printed = Path(file.name)
            code = Fork(arguments, self.folder, self.environment, printed, anew=self._anew).wait()
            assert code == 0, f"inbox {' '.join(arguments)}: {printed.read_text()}"
            return printed.read_text()

    def start(self, name: str, *arguments: str, **environment: str) -> None:
        """Start a command that stays; under a name that ended the same one again when none is given."""
        if arguments:
            self._commands[name] = Command(arguments, environment)
        command = self._commands[name]
        assert not command.is_running, f"{name} is running"
        environment = {**self.environment, **command.environment}
        command.process = Fork(command.arguments, self.folder, environment, self.log(name), anew=self._anew)

    def wait_for(self, url: str) -> None:
        """Until this address answers 200; fails with what the processes printed, at once when one of them ends."""
        running = [name for name, command in self._commands.items() if command.is_running]

        def answers() -> bool:
            for name in running:
                assert self.is_running(name), f"{name} ended:\n{self.log(name).read_text()}"
            try:
                return httpx2.get(url, timeout=5, **LOCAL).status_code == 200
            except httpx2.TransportError:
                return False

        try:
            until(answers, seconds=START_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{url} does not answer: {error}\n{self.printed()}") from None

    @property
    def names(self) -> list[str]:
        """Of all that were started, in that order."""
        return list(self._commands)

    def is_running(self, name: str) -> bool:
        """Whether it has not ended; a frozen one runs."""
        return self._commands[name].is_running

    def process(self, name: str) -> int:
        """The number of the process that runs under this name at present."""
        return self._commands[name].running.pid

    def kill(self, name: str) -> None:
        """`kill -9`, and wait until it is gone."""
        self._commands[name].running.kill()
        self._commands[name].running.wait()

    def freeze(self, name: str) -> None:
        """Everything stays open and nothing is done, as on a machine that hangs."""
        self._commands[name].running.send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """It goes on where it was frozen."""
        self._commands[name].running.send_signal(signal.SIGCONT)

    def ask_to_end(self, name: str) -> None:
        """SIGTERM, as a deploy sends it; `wait` tells when it has ended."""
        self._commands[name].running.send_signal(signal.SIGTERM)

    def wait(self, name: str, *, seconds: float = STOP_SECONDS) -> int:
        """Until it has ended; its exit code, or what signal ended it as a negative number."""
        return self._commands[name].running.wait(seconds)

    def stop(self) -> None:
        """Ask all of them to end, the last one first, and wait."""
        running = {name: command.running for name, command in reversed(self._commands.items()) if command.is_running}
        for process in running.values():
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        stuck = []
        for name, process in running.items():
            try:
                process.wait(STOP_SECONDS)
            except TimeoutError:
                process.kill()
                process.wait()
                stuck.append(name)
        assert not stuck, f"{stuck} did not end on SIGTERM:\n{self.printed()}"

    def printed(self) -> str:
        """Everything the processes printed."""
        return "\n".join(f"--- {name}\n{self.log(name).read_text()}" for name in self._commands)

    def log(self, name: str) -> Path:
        """The file with what a process printed, also before it was started again."""
        return self.folder / f"{name}.log"


def _plain_environment() -> dict[str, str]:
    """Ours without any setting of the product's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("INBOX_")}
