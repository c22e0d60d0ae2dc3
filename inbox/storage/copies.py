"""Copies of a whole database: taken while others write, looked through, and put in a database's place.

SQLite by its backup API (sqlite.org/backup.html), PostgreSQL by pg_dump and pg_restore, in the custom format.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import MetaData, inspect, make_url, text

from inbox import config
from inbox.errors import Refused, Unavailable
from inbox.storage.row_security import EVERYWHERE, SETTING
from inbox.storage.schema import connected, libpq_url, sqlite_path

_PROGRAMS = ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql@*/bin", "usr/local/opt/postgresql@*/bin")


def kind_of(url: str) -> str:
    """ "sqlite" or "postgresql"."""
    return "sqlite" if sqlite_path(url) is not None else "postgresql"


def take(url: str, file: Path) -> None:
    """Write what the database holds at this moment to a new `file`, mode 0600. Raises Unavailable, Refused."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    path = sqlite_path(url)
    if path is None:
        _postgresql(url, "pg_dump", "--format=custom", "--enable-row-security", f"--file={file}")
        return
    if not path.exists():
        raise Unavailable(f"There is no database at {path}.")
    with _opened(f"file:{path}?mode=ro", uri=True) as source, _opened(str(file)) as copy:
        source.backup(copy)
        copy.execute("pragma journal_mode = delete")  # else whoever opens it makes two more files beside it


def check(kind: str, file: Path) -> None:
    """Raises Refused when a copy cannot be read."""
    if kind == "postgresql":
        _run([_program("pg_restore"), "--list", str(file)])
        return
    try:
        with _opened(str(file)) as copy:
            ((answer,),) = copy.execute("pragma integrity_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        raise Refused(f"The database in this copy is damaged: {error}.") from error
    if answer != "ok":
        raise Refused(f"The database in this copy is damaged: {answer}.")


def put_back(url: str, file: Path) -> None:
    """Put a copy in the place of whatever is there. Raises Refused while others use it."""
    path = sqlite_path(url)
    if path is None:
        _empty(url)
        _postgresql(url, "pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(file))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        _demand_nobody(path)
    part = path.with_name(f".{path.name}.restored")
    shutil.copyfile(file, part)
    part.chmod(0o600)
    for left in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + left).unlink(missing_ok=True)
    part.replace(path)


def has_tables(url: str) -> bool:
    """Whether anything is there that a copy would replace. Raises Unavailable."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return False
    with connected(url) as connection:
        return bool(inspect(connection).get_table_names())


_FUNCTIONS = """
select oid::regprocedure::text from pg_proc where pronamespace = 'public'::regnamespace
and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
"""
"""Ours: those of an extension stay."""


def _empty(url: str) -> None:
    """Drop the tables and functions of a PostgreSQL database, which nobody else uses."""
    with connected(url) as connection, connection.begin():
        others = connection.scalar(
            text(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and application_name = 'inbox'"
            )
        )
        if others:
            raise Refused("Processes of the inbox use this database. Stop every web process and worker first.")
        connection.execute(text("set local lock_timeout = '10s'"))
        there = MetaData()
        there.reflect(connection)
        there.drop_all(connection)
        for (function,) in connection.execute(text(_FUNCTIONS)).all():
            connection.exec_driver_sql(f"drop function {function}")


def _demand_nobody(path: Path) -> None:
    """SQLite leaves the mode in which others can read while one writes only when nobody else has the file open."""
    try:
        with _opened(str(path)) as there:
            there.execute("pragma busy_timeout = 0")
            there.execute("pragma journal_mode = delete").fetchall()
    except sqlite3.OperationalError as error:
        raise Refused(f"Somebody uses {path}. Stop every process of the inbox first.") from error
    except sqlite3.DatabaseError:
        return  # it is damaged, which is why a copy takes its place


@contextlib.contextmanager
def _opened(name: str, *, uri: bool = False) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(name, uri=uri, isolation_level=None)) as connection:
        yield connection


def _postgresql(url: str, name: str, *options: str) -> None:
    password = make_url(url).password
    more = {"PGOPTIONS": f"-c {SETTING}={EVERYWHERE}"} | ({"PGPASSWORD": str(password)} if password else {})
    # Anybody on the machine can read a command's words, but not its environment.
    _run([_program(name), *options, f"--dbname={libpq_url(url)}"], more)


def _run(command: list[str], more: dict[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL's, found by its name, and no shell
        command, env={**config.environment(), **(more or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["It did not say why."]
        raise Refused(f"{Path(command[0]).name} could not do it. {said[-1]}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        folders = [program for pattern in _PROGRAMS for program in Path("/").glob(f"{pattern}/{name}")]
        found = str(max(folders)) if folders else None
    if found is None:
        raise Refused(f"{name} is missing. Install PostgreSQL's client programs (Debian: postgresql-client).")
    return found
