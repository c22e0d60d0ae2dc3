"""A migrated, empty database for each test, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zlib import crc32

import psycopg
import pytest

from inbox.storage import grants, migrate
from inbox.storage.database import Database
from inbox.storage.tables import metadata
from tests import services

KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty database of this test alone; the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


async def analyse(database: Database) -> None:
    """Have it look at what its tables hold, so that it can tell which index is the shortest way."""
    if database.dialect == "sqlite":
        await database.execute("analyze")
        return
    with psycopg.connect(as_administrator(f"//host/{database.url.database}"), autocommit=True) as owner:
        owner.execute("analyze")


async def tamper(database: Database, statement: str) -> None:
    """Change the audit log as whoever owns the database can, who takes away first what keeps everybody from it."""
    if database.dialect == "postgresql":
        with psycopg.connect(as_administrator(f"//host/{database.url.database}")) as owner:
            owner.execute(b"alter table audit_log disable trigger user")
            owner.execute(statement.encode())
            owner.execute(b"alter table audit_log enable trigger user")
        return
    for row in await database.fetch_all(
        "select name from sqlite_master where type = 'trigger' and tbl_name = 'audit_log'"
    ):
        await database.execute(f"drop trigger {row[0]}")
    await database.execute(statement)


def as_administrator(url: str) -> str:
    """The address of a database with the user who made it."""
    return urlsplit(services.postgres_url())._replace(path=urlsplit(url).path).geturl()


def as_user(url: str, user: str) -> str:
    """The address of a database with another user, who has no password."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}").geturl()


def spared(items: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Those that would run on a second kind of database, which they need not: about half of them run on each.

    One is enough where a test looks at what stands over the statements, which have tests of their own on both.
    """
    found: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        call = getattr(item, "callspec", None)
        if call is not None and "database_url" in call.params and not item.get_closest_marker("both_databases"):
            kind: str = call.params["database_url"]
            found.setdefault(item.nodeid.replace(kind, ""), {})[kind] = item
    return {
        item
        for name, kinds in found.items()
        for kind, item in kinds.items()
        if len(kinds) > 1 and kind != KINDS[crc32(name.encode()) % 2]
    }


@pytest.fixture
async def database(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """A connected database, once of each kind."""
    async with Database(database_url) as connected:
        yield connected


@pytest.fixture
def sqlite_url(tmp_path: Path, _migrated_sqlite: Path) -> str:
    """URL of a migrated SQLite database of this test alone."""
    path = shutil.copy(_migrated_sqlite, tmp_path / "inbox.db")
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(users_url: str) -> str:
    """URL of a migrated, empty PostgreSQL database that no other test sees at the same time, as the program comes."""
    return users_url


@pytest.fixture
def users_url(_migrated_postgresql: "_Postgresql") -> Iterator[str]:
    """The same, also where `postgresql_url` is the administrator's."""
    yield _migrated_postgresql.url
    _migrated_postgresql.renew()


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "inbox.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _migrated_postgresql() -> Iterator["_Postgresql"]:
    with services.fresh_postgres_database() as template:
        migrate.upgrade(template)
        server = _Postgresql(template)
        yield server
        server.drop()
        server.dismiss()


class _Postgresql:
    """A copy of a migrated database, emptied after each test: a new copy each time would cost a checkpoint.

    Tests come as a user who owns nothing, so that row level security binds them as it binds the program.
    """

    def __init__(self, template: str) -> None:
        self._template = urlsplit(template).path.removeprefix("/")
        self._name = f"{self._template}_used"
        self._owners = urlsplit(template)._replace(path=f"/{self._name}").geturl()
        self._user = f"{self._template}_user"
        _tell_postgresql(f"CREATE ROLE {self._user} LOGIN")
        self.url = as_user(self._owners, self._user)
        grants.give(template, self.url)
        self._connection = self._copy()

    def renew(self) -> None:
        """As good as new: nobody connected, no rows, numbers from 1; a changed schema makes it another copy."""
        try:
            self._connection.execute(_SEND_OTHERS_AWAY)
        except psycopg.OperationalError:
            # The test has ended every connection, ours as well.
            self._connection = psycopg.connect(self._owners, autocommit=True)
            self._connection.execute(_SEND_OTHERS_AWAY)
        if _schema(self._connection) == self._schema:
            self._connection.execute(_EMPTY.encode())
        else:
            self.drop()
            self._connection = self._copy()

    def drop(self) -> None:
        """Remove the copy, whoever is still connected."""
        self._connection.close()
        _tell_postgresql(f"DROP DATABASE {self._name} WITH (FORCE)")

    def dismiss(self) -> None:
        """Remove the user, whose rights in the migrated database go first."""
        with psycopg.connect(urlsplit(self._owners)._replace(path=f"/{self._template}").geturl()) as connection:
            connection.execute(f"DROP OWNED BY {self._user}; DROP ROLE {self._user}".encode())

    def _copy(self) -> psycopg.Connection[tuple[object, ...]]:
        _tell_postgresql(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
        # Nothing in it outlives the tests, so no commit has to wait for the disk; and over a handful of rows it takes
        # longer to plan a statement for its values, as PostgreSQL does the first five times, than to run it.
        for setting in ("synchronous_commit = off", "plan_cache_mode = force_generic_plan"):
            _tell_postgresql(f"ALTER DATABASE {self._name} SET {setting}")
        connection = psycopg.connect(self._owners, autocommit=True)
        self._schema = _schema(connection)
        return connection


_SEND_OTHERS_AWAY = (
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
)
# The audit log has no row removed otherwise.
_EMPTY = (
    "alter table audit_log disable trigger user;"
    + "".join(f"delete from {table.name};" for table in reversed(metadata.sorted_tables))
    + "alter table audit_log enable trigger user;"
    "select setval(quote_ident(schemaname) || '.' || quote_ident(sequencename), 1, false) from pg_sequences"
)


def _schema(connection: psycopg.Connection[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Numbers that differ once a test has added or removed a part of the schema."""
    catalogs = ("pg_class", "pg_attribute", "pg_proc", "pg_trigger", "pg_constraint")
    newest = [f"(select max(oid::bigint) from {name})" for name in catalogs if name != "pg_attribute"]
    counts = [f"(select count(*) from {name})" for name in catalogs]
    return connection.execute(f"select {', '.join(newest + counts)}".encode()).fetchall()


def _tell_postgresql(statement: str) -> None:
    with psycopg.connect(services.postgres_url(), autocommit=True) as connection:
        connection.execute(statement.encode())
