"""A PostgreSQL of our own that counts what it does, by the statement."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass

import psycopg

from bench.processes import usage
from tests import servers, services

NAMED = "TEST_POSTGRES_URL"
_COUNTED = """
    select coalesce(sum(calls) filter (where not bounds), 0), coalesce(sum(calls) filter (where bounds), 0),
           coalesce(sum(rows), 0), coalesce(sum(pages), 0)
      from (select calls, rows, shared_blks_hit + shared_blks_read as pages,
                   query ~* '^(begin|commit|rollback)' as bounds
              from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname like 'inbox%') told
"""


@dataclass(frozen=True, slots=True)
class Work:
    """What PostgreSQL has done: queries, BEGINs and COMMITs, rows given or changed, pages read, processor seconds."""

    queries: float
    bounds: float
    rows: float
    pages: float
    cpu: float

    def each(self, many: float) -> "Work":
        """The same for one of so many."""
        return Work(*(one / many for one in astuple(self)))

    def __sub__(self, other: "Work") -> "Work":
        return Work(*(mine - its for mine, its in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Counter:
    """Tells what a server has done so far for the databases of installations."""

    url: str
    process: int

    def work(self) -> Work:
        """Since the server's start; processor time is that of all its processes."""
        with psycopg.connect(self.url) as connection:
            (found,) = connection.execute(_COUNTED).fetchall()
        queries, bounds, rows, pages = map(float, found)
        return Work(queries, bounds, rows, pages, usage(self.process).cpu)


@contextmanager
def counted() -> Iterator[Counter]:
    """A fresh server, which everything that asks `tests.services` for one gets meanwhile."""
    home, port = servers.create_postgres(), services.free_port()
    with (home / "data" / "postgresql.conf").open("a") as settings:
        settings.write("shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = all\n")
    server = servers.serve_postgres(home, port)
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create extension pg_stat_statements")
    before = os.environ.get(NAMED)
    try:
        _name(url)
        yield Counter(url, server.pid)
    finally:
        _name(before)


def _name(url: str | None) -> None:
    if url is None:
        os.environ.pop(NAMED, None)
    else:
        os.environ[NAMED] = url
    services.postgres_url.cache_clear()
