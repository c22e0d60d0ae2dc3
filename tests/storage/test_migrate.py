"""A migrated database has exactly the tables of tables.py, on both databases, whoever migrates it and when."""

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from inbox.errors import Unavailable
from inbox.storage import migrate, schema
from inbox.storage.tables import metadata
from tests import services
from tests.storage.neighbour import neighbour

FAILING = '''"""A step that begins well and then fails."""

from alembic import op

revision = "9999"
down_revision = "NEWEST"


def upgrade() -> None:
    op.execute("create table half_way (id integer)")
    op.execute("insert into nowhere values (1)")
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/some/folder/inbox.db"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def other_url(empty_url: str, tmp_path: Path) -> Iterator[str]:
    """URL of one more."""
    if empty_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/other.db"
    else:
        with services.fresh_postgres_database() as url:
            yield url


def test_the_migrated_schema_is_the_one_of_the_tables(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    engine = create_engine(_driver(empty_url))
    with engine.connect() as connection:
        # On SQLite Alembic takes the default '' for another one; the next test compares defaults there.
        defaults = {"compare_server_default": engine.dialect.name == "postgresql"}
        context = MigrationContext.configure(connection, opts=defaults | {"include_name": _is_declared})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def _is_declared(name: str | None, kind: str, parents: object) -> bool:
    """Not what search_index.py makes in the databases' own words; the next test compares it."""
    of_index = kind in {"table", "index"} and name is not None
    return not (of_index and (name.startswith(("search_index", "candidate_index")) or name.endswith("_lexemes")))


def test_the_catalog_is_the_one_that_the_tables_would_create(empty_url: str, other_url: str) -> None:
    migrate.upgrade(empty_url)
    engine = create_engine(_driver(other_url))
    metadata.create_all(engine)
    engine.dispose()
    migrated, created = _catalog(empty_url), _catalog(other_url)
    assert migrated == created
    assert any("WHERE" in str(row) for row in migrated)  # partial indexes, which Alembic does not compare
    assert len(migrated) > 2 * len(metadata.tables)


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    assert not schema.is_current(empty_url)
    migrate.upgrade(empty_url)
    assert schema.is_current(empty_url)
    before = _catalog(empty_url)
    migrate.upgrade(empty_url)
    assert schema.is_current(empty_url)
    assert _catalog(empty_url) == before


def test_asking_whether_it_is_current_creates_no_file(tmp_path: Path) -> None:
    assert schema.is_current(f"sqlite:///{tmp_path}/none.db") is False
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_a_newer_program_is_not_current(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    _run(empty_url, "update alembic_version set version_num = 'later'")
    assert not schema.is_current(empty_url)


def test_a_step_that_fails_leaves_the_schema_as_it_was(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(empty_url)
    before = _catalog(empty_url)
    steps = copytree(schema.STEPS, tmp_path / "100% steps")
    (newest,) = ScriptDirectory(str(schema.STEPS)).get_heads()
    (steps / "versions" / "9999_failing.py").write_text(FAILING.replace("NEWEST", newest))
    monkeypatch.setattr(schema, "STEPS", steps)
    assert not schema.is_current(empty_url)
    with pytest.raises(DBAPIError):
        migrate.upgrade(empty_url)
    assert _catalog(empty_url) == before
    monkeypatch.undo()
    assert schema.is_current(empty_url)


def test_an_address_may_carry_options_of_our_pool(empty_url: str) -> None:
    migrate.upgrade(f"{empty_url}?min_size=1&max_size=3")
    assert schema.is_current(empty_url)


def test_a_server_that_is_away_is_unavailable() -> None:
    url = f"postgresql://nobody@127.0.0.1:{services.free_port()}/none"
    for ask in (migrate.upgrade, schema.is_current):
        with pytest.raises(Unavailable):
            ask(url)


@pytest.mark.anyio
async def test_processes_that_upgrade_at_once_wait_for_each_other(postgres_database: str) -> None:
    with psycopg.connect(postgres_database, autocommit=True) as lock:
        lock.execute("select pg_advisory_lock(%s)", (migrate.LOCK,))
        async with neighbour("upgrade", postgres_database), neighbour("upgrade", postgres_database):
            waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
            await _until(lambda: _run(postgres_database, waiting) == [(2,)])
            assert not schema.is_current(postgres_database)
            lock.execute("select pg_advisory_unlock(%s)", (migrate.LOCK,))
    assert schema.is_current(postgres_database)


@pytest.mark.anyio
async def test_processes_that_upgrade_one_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/inbox.db"
    with closing(sqlite3.connect(tmp_path / "inbox.db", isolation_level=None)) as lock:
        lock.execute("begin immediate")
        async with neighbour("upgrade", url), neighbour("upgrade", url):
            lock.execute("rollback")
    assert schema.is_current(url)


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def _catalog(url: str) -> list[Any]:
    """Everything the database knows of its tables, as text, without the order of its columns."""
    if url.startswith("sqlite"):
        rows = _run(url, "select type, tbl_name, sql from sqlite_master where tbl_name <> 'alembic_version'")
        return sorted((kind, table, sorted(_parts(sql or ""))) for kind, table, sql in rows)
    queries = (
        "select table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
        " from information_schema.columns where table_schema = 'public'",
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
        " where connamespace = 'public'::regnamespace",
        "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'",
        "select sequencename, data_type::text from pg_sequences where schemaname = 'public'",
        "select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    )
    rows = [row for query in queries for row in _run(url, query) if "alembic_version" not in row]
    return sorted(map(str, rows))


def _parts(sql: str) -> list[str]:
    # Columns that were added to a table later stand in one line.
    lines = [line.strip().rstrip(",") for line in sql.replace("INDEX ", "INDEX\n").splitlines()]
    return [part for line in lines for part in re.split(r", (?![^()]*\))", line)]


def _run(url: str, query: str) -> list[Any]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(urlsplit(url).path)) as connection, connection:
            return connection.execute(query).fetchall()
    with psycopg.connect(url, autocommit=True) as server:
        found = server.execute(query.encode())
        return found.fetchall() if found.description else []


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
