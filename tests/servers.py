"""Private PostgreSQL and Redis servers that end with the process that started them."""

import atexit
import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

START_SECONDS = 30.0
STOP_SECONDS = 10.0

POSTGRES_MISSING = (
    "PostgreSQL is missing: install it (Debian: apt-get install postgresql, macOS: brew install postgresql)"
    " or name a running one in TEST_POSTGRES_URL."
)
REDIS_MISSING = (
    "Redis is missing: install it (Debian: apt-get install redis-server, macOS: brew install redis)"
    " or name a running one in TEST_REDIS_URL."
)


class ServiceMissing(Exception):
    """Something the tests need is not there and cannot be started; the message says what to do."""


def start_postgres(port: int) -> str:
    """URL of a private PostgreSQL on this port of 127.0.0.1. Raises ServiceMissing."""
    serve_postgres(create_postgres(), port)
    return _postgres_at(port)


def create_postgres() -> Path:
    """The folder of a new PostgreSQL that is not running; it goes when this process ends. Raises ServiceMissing."""
    home = _private_home("postgres")
    user = _plain_user()
    if user is not None:
        os.chown(home, user, -1)
    _create_cluster(_postgres_programs() / "initdb", home, user)
    return home


def serve_postgres(home: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the PostgreSQL of this folder on this port of 127.0.0.1, also after a crash. Raises ServiceMissing."""
    # Only 127.0.0.1, no socket file, and no waiting for the disk: the data lives as long as the tests.
    settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200")
    options = [part for setting in settings for part in ("-c", setting)]
    command = [str(_postgres_programs() / "postgres"), "-D", "data", "-p", str(port), *options]
    url = _postgres_at(port)
    return _start(command, home, lambda: postgres_answers(url), _plain_user())


def start_redis(port: int) -> subprocess.Popen[bytes]:
    """A private Redis that answers on this port of 127.0.0.1 and keeps nothing; pause or kill it at will.

    Raises ServiceMissing.
    """
    program = redis_program()
    if program is None:
        raise ServiceMissing(REDIS_MISSING)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    url = f"redis://127.0.0.1:{port}/0"
    return _start(command, _private_home("redis"), lambda: redis_answers(url))


def postgres_answers(url: str) -> bool:
    """Whether a PostgreSQL lets us in at this URL."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers(url: str) -> bool:
    """Whether a Redis lets us in at this URL."""
    at_once = Retry(NoBackoff(), 0)
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, retry=at_once) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres; Debian and Homebrew keep one for each version, off the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    patterns = (
        "usr/lib/postgresql/*/bin",
        "opt/homebrew/opt/postgresql@*/bin",
        "usr/local/opt/postgresql@*/bin",
    )
    folders = [program.parent for pattern in patterns for program in Path("/").glob(f"{pattern}/initdb")]
    return max(folders, key=_version, default=None)


def _postgres_programs() -> Path:
    programs = postgres_programs()
    if programs is None:
        raise ServiceMissing(POSTGRES_MISSING)
    return programs


def _postgres_at(port: int) -> str:
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"


def redis_program() -> str | None:
    """The Redis server that is installed."""
    return shutil.which("redis-server")


def _version(folder: Path) -> float:
    return float(re.findall(r"\d+(?:\.\d+)?", folder.parent.name)[-1])


def _plain_user() -> int | None:
    """The user PostgreSQL runs as, which refuses to run as root; None keeps our own."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _create_cluster(initdb: Path, home: Path, user: int | None) -> None:
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    options = ["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--no-sync"]
    made = subprocess.run([initdb, *options], cwd=home, user=user, capture_output=True, text=True, check=False)
    if made.returncode:
        raise ServiceMissing(f"initdb could not prepare a private PostgreSQL: {made.stderr.strip()}")


def _private_home(name: str) -> Path:
    home = Path(tempfile.mkdtemp(prefix=f"shared-inbox-{name}-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


def _start(
    command: Sequence[str], home: Path, answers: Callable[[], bool], user: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in its home and wait until it answers."""
    if answers():
        raise ServiceMissing(f"{command[0]} cannot start: another server answers on its port.")
    _end_tidily_on_signals()
    log = home / "log"
    with log.open("wb") as output:
        # A session of its own: Ctrl-C is for the tests, which still need the server to clean up behind them.
        server = subprocess.Popen(command, cwd=home, user=user, stdout=output, stderr=output, start_new_session=True)
    atexit.register(_stop, server)
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.05)
        if server.returncode is not None or time.monotonic() > deadline:
            raise ServiceMissing(f"{command[0]} did not start: {log.read_text(errors='replace').strip()}")
    return server


def _stop(server: subprocess.Popen[bytes]) -> None:
    # To PostgreSQL this is a fast shutdown, which does not wait for clients; Redis ends on it as well.
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _end_tidily_on_signals() -> None:
    """Let a closed terminal or a plain kill run what is registered with atexit, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
