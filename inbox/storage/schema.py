"""Which schema a database has, asked without Alembic, whose code takes longer to load than the answer."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from inbox.storage.unavailability import unavailable

STEPS = Path(__file__).parent / "migrations"
_SQLITE_WAIT_SECONDS = 60
# What libpq does not know and our pool does.
_POOL_OPTIONS = ("min_size", "max_size", "ssl")


def is_current(url: str) -> bool:
    """Whether the database at `url` has exactly the schema of this program. Raises Unavailable."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return False  # connecting would create the file
    with connected(url) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        there = connection.scalars(text("select version_num from alembic_version")).all()
    return list(there) == [newest()]


def newest() -> str:
    """The revision of the last migration, which its file begins with."""
    return max(file.name.partition("_")[0] for file in (STEPS / "versions").glob("[0-9]*_*.py"))


@contextlib.contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection with the synchronous driver. Raises Unavailable."""
    engine = create_engine(_driver_url(url), poolclass=NullPool)
    try:
        with unavailable(OperationalError):
            connection = engine.connect()
        with connection:
            yield connection
    finally:
        engine.dispose()


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite database, None for another kind."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(parsed.database or "")


def libpq_url(url: str) -> str:
    """The address of a PostgreSQL database as PostgreSQL's own programs take it, without its password."""
    bare = make_url(url).set(drivername="postgresql", password=None)
    return bare.difference_update_query(_POOL_OPTIONS).render_as_string(hide_password=False)


def _driver_url(url: str) -> URL:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return parsed.set(query={"timeout": str(_SQLITE_WAIT_SECONDS)})
    return parsed.set(drivername="postgresql+psycopg").difference_update_query(_POOL_OPTIONS)
