"""PostgreSQL and Redis break for real and come back on the same port."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests import servers
from tests.faults.postgres import PrivatePostgres
from tests.faults.redis import PrivateRedis


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    private = PrivatePostgres()
    private.start()
    private.tell("create table notes (words text)")
    yield private
    private.kill()


@pytest.mark.parametrize("end", [PrivatePostgres.kill, PrivatePostgres.crash])
def test_a_postgresql_that_was_ended_has_what_was_committed(
    postgres: PrivatePostgres, end: Callable[[PrivatePostgres], None]
) -> None:
    with psycopg.connect(postgres.url) as half:
        half.execute("insert into notes values ('not committed')")
        postgres.tell("delete from notes")
        postgres.tell("insert into notes values (%s)", "committed")

        end(postgres)

        assert not servers.postgres_answers(postgres.url)
        with pytest.raises(psycopg.OperationalError):
            half.execute("select 1")
    postgres.restore()
    assert postgres.tell("select words from notes") == [("committed",)]


def test_a_frozen_postgresql_keeps_its_lines_and_goes_on(postgres: PrivatePostgres) -> None:
    with psycopg.connect(postgres.url) as line:
        postgres.freeze()
        assert not servers.postgres_answers(postgres.url)
        postgres.thaw()
        assert line.execute("select 1").fetchone() == (1,)


def test_a_redis_is_killed_frozen_and_told_things() -> None:
    private = PrivateRedis()
    private.start_and_wait()
    assert private.tell("SET", "word", "kept") is True
    private.freeze()
    assert not servers.redis_answers(private.url)
    private.thaw()
    assert private.tell("GET", "word") == "kept"
    private.kill()
    assert not servers.redis_answers(private.url)
    private.restore()
    assert private.tell("GET", "word") is None
    private.kill()
