"""Brings a database to the newest schema, with Alembic and the synchronous drivers."""

import contextlib
from collections.abc import Iterator

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from inbox.storage import row_security, schema
from inbox.storage.schema import connected, sqlite_path

# One number for all who migrate the same PostgreSQL database at once; it means nothing else.
LOCK = 7_061_990_423


def upgrade(url: str) -> None:
    """Create or upgrade the schema of the database at `url`, all or nothing; makes the folder of a SQLite file.

    Several processes may do it at once: one does, the others wait for it. Raises Unavailable.
    """
    if (path := sqlite_path(url)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(url) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.dialect.name == "postgresql":
            row_security.cover(connection)


@contextlib.contextmanager
def _locked(url: str) -> Iterator[Connection]:
    """A transaction of everything that happens inside, which nobody else can be in at the same time."""
    with connected(url) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            connection.exec_driver_sql(f"set local {row_security.SETTING} = '{row_security.EVERYWHERE}'")
        else:
            # Else Python's driver begins by itself, and not before a change of the schema.
            connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            connection.exec_driver_sql("begin immediate")
        yield connection


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(schema.STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
