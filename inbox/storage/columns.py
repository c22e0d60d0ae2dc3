"""Column types and clock that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, String, case, literal, or_
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine
from uuid_utils.compat import uuid7

_SQLITE_TIME = "%Y-%m-%d %H:%M:%S.%f"


def new_id() -> str:
    """A fresh UUIDv7 (RFC 9562) as text: sorts by time, cannot be guessed."""
    return str(uuid7())


class Id(TypeDecorator[str]):
    """A UUID: native on PostgreSQL, 36 characters on SQLite, always lower-case text in Python."""

    impl = String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=False))
        return dialect.type_descriptor(String(36))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value).lower()

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)


class Utc(TypeDecorator[datetime]):
    """A moment: timestamptz on PostgreSQL, fixed-width UTC text on SQLite, aware UTC in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(26))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.strftime(_SQLITE_TIME)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(value).replace(tzinfo=UTC)


class db_now(FunctionElement[datetime]):
    """The database's clock as a `Utc` value: the moment of the statement, not of the transaction's start."""

    type = Utc()
    inherit_cache = True


@compiles(db_now, "postgresql")
def _postgresql_now(element: db_now, compiler: SQLCompiler, **options: Any) -> str:
    return "statement_timestamp()"


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: SQLCompiler, **options: Any) -> str:
    # strftime knows milliseconds; three more digits keep the text as wide as Python's microseconds.
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


class db_later(FunctionElement[datetime]):
    """The database's clock plus some seconds (may be negative), as a `Utc` value: `db_later(60)`."""

    type = Utc()
    inherit_cache = True

    def __init__(self, seconds: float | ColumnElement[float]) -> None:
        super().__init__(seconds if isinstance(seconds, ColumnElement) else literal(float(seconds)))


@compiles(db_later, "postgresql")
def _postgresql_later(element: db_later, compiler: SQLCompiler, **options: Any) -> str:
    return f"(statement_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)}))"


@compiles(db_later, "sqlite")
def _sqlite_later(element: db_later, compiler: SQLCompiler, **options: Any) -> str:
    modifier = f"printf('%+.3f seconds', {compiler.process(element.clauses, **options)})"
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {modifier}) || '000')"


def earlier(one: ColumnElement[datetime], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The earlier of two `Utc` values; `other` where there is no `one`."""
    return case((or_(one.is_(None), one > other), other), else_=one)


def db_moment(at: datetime | None) -> ColumnElement[datetime]:
    """`at` as a `Utc` value, but never later than the database's clock; what that shows where there is none."""
    return db_now() if at is None else earlier(literal(at, Utc()), db_now())


class db_plus(FunctionElement[datetime]):
    """A moment plus some seconds, by the database: `db_plus(table.c.busy_until, 2.5)`."""

    type = Utc()
    inherit_cache = True

    def __init__(self, moment: ColumnElement[datetime], seconds: ColumnElement[float]) -> None:
        super().__init__(moment, seconds)


@compiles(db_plus, "postgresql")
def _postgresql_plus(element: db_plus, compiler: SQLCompiler, **options: Any) -> str:
    moment, seconds = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({moment} + make_interval(secs => {seconds}))"


@compiles(db_plus, "sqlite")
def _sqlite_plus(element: db_plus, compiler: SQLCompiler, **options: Any) -> str:
    moment, seconds = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(strftime('%Y-%m-%d %H:%M:%f', {moment}, printf('%+.3f seconds', {seconds})) || '000')"


class db_quarter(FunctionElement[int]):
    """The number of the quarter of an hour (UTC) that a moment is in: every zone's days begin with one of them."""

    type = BigInteger()
    inherit_cache = True


@compiles(db_quarter, "postgresql")
def _postgresql_quarter(element: db_quarter, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **options)}) / 900) AS bigint)"


@compiles(db_quarter, "sqlite")
def _sqlite_quarter(element: db_quarter, compiler: SQLCompiler, **options: Any) -> str:
    return f"(CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER) / 900)"
