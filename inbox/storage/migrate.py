"""Brings a database to the newest schema, with Alembic and the synchronous drivers."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text

STEPS = Path(__file__).parent / "migrations"
# One number for all who migrate the same PostgreSQL database at once; it means nothing else.
LOCK = 7_061_990_423
_SQLITE_WAIT_SECONDS = 60
# What libpq does not know and our pool does.
_POOL_OPTIONS = ("min_size", "max_size", "ssl")


def upgrade(url: str) -> None:
    """Create or upgrade the schema of the database at `url`, all or nothing; makes the folder of a SQLite file.

    Several processes may do it at once: one does, the others wait for it.
    """
    if (path := _sqlite_path(url)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(url) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(url: str) -> bool:
    """Whether the database at `url` has exactly the schema of this program."""
    path = _sqlite_path(url)
    if path is not None and not path.exists():
        return False  # connecting would create the file
    with _engine(url) as engine, engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_heads()
    return set(there) == set(ScriptDirectory.from_config(_config()).get_heads())


@contextlib.contextmanager
def _locked(url: str) -> Iterator[Connection]:
    with _engine(url) as engine:
        if engine.dialect.name == "sqlite":
            _begin_as_writer(engine)
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield connection


@contextlib.contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = create_engine(_driver_url(url), poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def _begin_as_writer(engine: Engine) -> None:
    """Have SQLAlchemy begin with BEGIN IMMEDIATE, so that schema changes are one transaction and exclude others.

    Python's own transaction handling would leave them outside (docs.sqlalchemy.org, pysqlite, transactions).
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: object, record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")


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
