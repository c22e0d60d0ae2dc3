"""`inbox` commands as forks of one process that has read all their code: seven eighths of a start is reading code."""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from multiprocessing.context import ForkServerProcess
from pathlib import Path

HURRIED = Path(__file__).parents[1] / "hurried"
# For another tree of the code, and for libraries that are loaded before it.
SCRIPT = Path(sys.executable).with_name("inbox")
COMMANDS = ("run", "serve", "worker", "sandbox", "seed", "migrate", "info")

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["inbox.__main__", *(f"inbox.commands.{name}" for name in COMMANDS)])


class Fork:
    """A command that runs in a folder, with this environment and no other; what it prints is added to a file.

    `anew` starts Python for it, as where its memory is measured.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
        *,
        anew: bool = False,
    ) -> None:
        self._process: ForkServerProcess = _forking.Process(
            target=_become, args=(tuple(arguments), folder, dict(environment), output, anew), daemon=True
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """Its exit code, or what signal ended it as a negative number; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        """Until it has ended; its exit code. Raises TimeoutError."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise TimeoutError(f"{self.pid} still runs after {seconds} s")
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()


def _become(arguments: Sequence[str], folder: Path, environment: dict[str, str], output: Path, anew: bool) -> None:
    """Be the process that a shell would have started."""
    os.setsid()
    os.chdir(folder)
    printed = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(printed, stream)
    path = environment.get("PYTHONPATH")
    is_of_this_code = path in (str(HURRIED), os.environ.get("PYTHONPATH"))
    if anew or "LD_PRELOAD" in environment or not is_of_this_code:
        os.execve(SCRIPT, [str(SCRIPT), *arguments], environment)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["inbox", *arguments]
    if path == str(HURRIED):
        sys.path.insert(0, str(HURRIED))
        sys.modules.pop("sitecustomize", None)
        import_module("sitecustomize")
    import_module("inbox.__main__").main()
