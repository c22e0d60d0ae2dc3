"""Brings a database to the newest schema, with Alembic and the synchronous drivers."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from inbox.storage.unavailability import unavailable

STEPS = Path(__file__).parent / "migrations"
# One number for all who migrate the same PostgreSQL database at once; it means nothing else.
LOCK = 7_061_990_423
_SQLITE_WAIT_SECONDS = 60
# What libpq does not know and our pool does.
_POOL_OPTIONS = ("min_size", "max_size", "ssl")


def upgrade(url: str) -> None:
    """Create or upgrade the schema of the database at `url`, all or nothing; makes the folder of a SQLite file.

    Several processes may do it at once: one does, the others wait for it. Raises Unavailable.
    """
    if (path := _sqlite_path(url)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(url) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(url: str) -> bool:
    """Whether the database at `url` has exactly the schema of this program. Raises Unavailable."""
    path = _sqlite_path(url)
    if path is not None and not path.exists():
        return False  # connecting would create the file
    with _connected(url) as connection:
        there = MigrationContext.configure(connection).get_current_heads()
    return set(there) == set(ScriptDirectory.from_config(_config()).get_heads())


@contextlib.contextmanager
def _locked(url: str) -> Iterator[Connection]:
    """A transaction of everything that happens inside, which nobody else can be in at the same time."""
    with _connected(url) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        else:
            # Else Python's driver begins by itself, and not before a change of the schema.
            connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            connection.exec_driver_sql("begin immediate")
        yield connection


@contextlib.contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(_driver_url(url), poolclass=NullPool)
    try:
        with unavailable(OperationalError):
            connection = engine.connect()
        with connection:
            yield connection
    finally:
        engine.dispose()


def _driver_url(url: str) -> URL:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return parsed.set(query={"timeout": str(_SQLITE_WAIT_SECONDS)})
    return parsed.set(drivername="postgresql+psycopg").difference_update_query(_POOL_OPTIONS)


def _sqlite_path(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(parsed.database or "")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
