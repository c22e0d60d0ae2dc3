"""The servers the tests stand on: private ones start, end with their process and leave nothing behind."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import psycopg
import pytest
import redis

from tests import servers, services

START_AND_WAIT = """
import sys
from tests import servers, services
port = services.free_port()
servers.start_redis(port)
print(servers.start_postgres(services.free_port()))
print(f"redis://127.0.0.1:{port}/0", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner() -> Iterator[subprocess.Popen[str]]:
    """A process that starts a PostgreSQL and a Redis, prints their URLs and waits for its input to end."""
    with subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


@pytest.mark.parametrize("ending", ["the end of its work", "a plain kill"])
def test_private_servers_end_with_their_process_and_leave_no_files(owner: subprocess.Popen[str], ending: str) -> None:
    assert owner.stdin is not None
    assert owner.stdout is not None
    postgres, private_redis = owner.stdout.readline().strip(), owner.stdout.readline().strip()
    homes = {_postgres_home(postgres), _redis_home(private_redis)}
    assert all(home.is_dir() for home in homes)
    if ending == "a plain kill":
        owner.send_signal(signal.SIGTERM)
    else:
        owner.stdin.close()
    owner.wait(20)
    assert not servers.postgres_answers(postgres)
    assert not servers.redis_answers(private_redis)
    assert not any(home.exists() for home in homes)


def test_a_fresh_database_is_empty_and_gone_afterwards() -> None:
    with services.fresh_postgres_database() as url, psycopg.connect(url) as left_open:
        tables = left_open.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
        assert tables == (0,)
        left_open.commit()
        with services.fresh_postgres_database() as other:
            assert other != url
    assert not servers.postgres_answers(url)


def test_the_server_of_another_is_never_taken_for_a_private_one() -> None:
    port = services.free_port()
    first = services.start_redis(port)
    with pytest.raises(services.ServiceMissing, match="another server answers"):
        services.start_redis(port)
    first.terminate()
    first.wait(10)


def test_a_server_that_ends_at_once_is_reported_with_its_own_words() -> None:
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(services.ServiceMissing, match=r"(?s)redis-server did not start: .*in use"):
            services.start_redis(taken.getsockname()[1])


def test_a_named_service_that_does_not_answer_is_an_error_and_not_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = f"127.0.0.1:{services.free_port()}"
    monkeypatch.setenv("TEST_POSTGRES_URL", f"postgresql://postgres@{nowhere}/postgres")
    monkeypatch.setenv("TEST_REDIS_URL", f"redis://{nowhere}/0")
    with pytest.raises(services.ServiceMissing, match="TEST_POSTGRES_URL"):
        services.postgres_url.__wrapped__()
    with pytest.raises(services.ServiceMissing, match="TEST_REDIS_URL"):
        services.redis_url.__wrapped__()


def test_browser_and_node_are_programs_that_start() -> None:
    for program in (services.chromium_path(), services.node_path()):
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        assert answer.stdout.strip()


def _postgres_home(url: str) -> Path:
    with psycopg.connect(url) as connection:
        row = connection.execute("show data_directory").fetchone()
    assert row is not None
    return Path(row[0]).parent


def _redis_home(url: str) -> Path:
    with redis.Redis.from_url(url) as client:
        return Path(client.config_get("dir")["dir"])
