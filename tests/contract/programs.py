"""Node programs of tests/contract, started on a free port of this computer and stopped again."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import ServiceMissing, free_port, node_path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"

PRISM = MODULES / "@stoplight/prism-cli/dist/index.js"
EMULATE = MODULES / "emulate/dist/index.js"
SPECIFICATION = MODULES / "@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"

_NPM = "lib/node_modules/npm/bin/npm-cli.js"


def install_once() -> None:
    """Bring the packages of package-lock.json when they are not there. Raises ServiceMissing."""
    if all(path.exists() for path in (PRISM, EMULATE, SPECIFICATION)):
        return
    node = Path(node_path())
    npm = node.parent.parent / _NPM
    command = [node, npm, "ci", "--prefix", HERE, "--ignore-scripts", "--no-audit", "--no-fund"]
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServiceMissing(f"npm could not install the packages of tests/contract: {done.stderr[-500:]}")


@contextmanager
def running(program: Path, arguments: list[str], log: Path, *, port: int, preload: Path | None = None) -> Iterator[str]:
    """Start the program, wait until the port answers, and stop it at the end. Gives its URL."""
    before = ["--import", str(preload)] if preload else []
    command = [node_path(), *before, str(program), *arguments]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as process,
    ):
        try:
            _wait_for_port(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def prism(specification: Path, upstream: str, log: Path) -> Iterator[str]:
    """Prism between a client and the upstream: it answers with an error whenever either breaks the specification."""
    port = free_port()
    arguments = ["proxy", "--host", "127.0.0.1", "--port", str(port), "--errors", str(specification), upstream]
    with running(PRISM, arguments, log, port=port) as url:
        yield url


@contextmanager
def emulator(seed: Path, log: Path) -> Iterator[str]:
    """An independent emulator of Twilio, with the accounts and numbers of the seed file."""
    port = free_port()
    arguments = ["start", "--service", "twilio", "--port", str(port), "--seed", str(seed)]
    with running(EMULATE, arguments, log, port=port, preload=HERE / "loopback.mjs") as url:
        yield url


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the program did not come up: {log.read_text()[-1_000:]}")
