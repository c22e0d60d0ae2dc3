"""From a statement of SQLAlchemy to what a driver takes: text, arguments, and the shape of the result."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.cache_key import CacheKey
from sqlalchemy.sql.compiler import Compiled, SQLCompiler
from sqlalchemy.sql.dml import ValuesBase

from inbox.storage.columns import Utc
from inbox.storage.rows import Processor, Shape

_MOST_REMEMBERED = 1_000

_utc = Utc()
_text = lru_cache(_MOST_REMEMBERED)(text)


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of a statement's result before it is there."""

    shape: Shape | None  # None: only the driver will know the columns
    processors: Mapping[str, Processor]  # by the column's name

    def shape_for(self, names: Iterable[str]) -> Shape:
        """The shape of the result that came with columns of these names."""
        if self.shape is not None:
            return self.shape
        index = {name: position for position, name in enumerate(names)}
        typed = ((index[name], process) for name, process in self.processors.items() if name in index)
        return Shape(index, tuple(typed))


@dataclass(frozen=True, slots=True)
class Statement:
    """Ready for the driver."""

    text: str
    args: tuple[Any, ...]
    result: Result


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement, and values for its named parameters."""

    query: ClauseElement
    values: Mapping[str, Any] | None


def bind(query: ClauseElement | str, values: Mapping[str, Any] | None = None) -> Bound:
    """`query` with `values`: for the parameters it names, or for the columns if it is an INSERT without values."""
    if isinstance(query, str):
        return Bound(_text(query), values)
    if values and isinstance(query, ValuesBase) and query._values is None and query.select is None:
        return Bound(query.values(**values), None)
    return Bound(query, values)


def bind_each(query: ClauseElement | str, rows: Sequence[Mapping[str, Any]]) -> list[Bound]:
    """`query` with each of `rows`; an INSERT or UPDATE without values is built once for rows of the same columns."""
    columns = rows[0].keys() if rows else set()
    if not isinstance(query, ValuesBase) or query._values is not None or any(row.keys() != columns for row in rows):
        return [bind(query, row) for row in rows]
    built = query.values({name: bindparam(f"new_{name}") for name in columns})
    return [Bound(built, {f"new_{name}": value for name, value in row.items()}) for row in rows]


class Translator:
    """Writes statements for a dialect with positional parameters, and remembers how.

    To compile a statement takes longer than to run it on SQLite. So what differs in values only is compiled once;
    SQLAlchemy's cache key tells what is alike.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._remembered: dict[Any, _Compiled] = {}

    def translate(self, bound: Bound) -> Statement:
        """The statement for the driver. Raises TypeError for a value that it does not name."""
        key = bound.query._generate_cache_key()
        if key is None:
            return _Compiled(bound.query, self._dialect, None).fill(None, bound.values)
        compiled = self._remembered.get(key.key)
        if compiled is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()  # statements are written in the code, so this is text built from data
            compiled = self._remembered[key.key] = _Compiled(bound.query, self._dialect, key)
        return compiled.fill(key, bound.values)


class _Compiled:
    """A statement without its values."""

    def __init__(self, query: ClauseElement, dialect: Dialect, key: CacheKey | None) -> None:
        options: dict[str, Any] = {} if key is None else {"cache_key": key}
        self._compiled = query.compile(dialect=dialect, **options)
        self._dialect = dialect
        self._result = _result(self._compiled, dialect)

    def fill(self, key: CacheKey | None, values: Mapping[str, Any] | None) -> Statement:
        compiled = self._compiled
        if not isinstance(compiled, SQLCompiler):
            return Statement(compiled.string, (), self._result)  # it creates or drops something
        if values and (unknown := values.keys() - compiled.binds.keys()):
            raise TypeError(f"the statement has no parameter {', '.join(sorted(unknown))}")
        parameters = compiled.construct_params(
            values or (key and key.params) or None, extracted_parameters=key and key.bindparams
        )
        text, names = compiled.string, tuple(compiled.positiontup or ())
        processors: dict[str, Any] = dict(compiled._bind_processors)
        if compiled.post_compile_params or compiled.literal_execute_params:
            # An IN list has as many parameters as it has values this time.
            expanded = compiled._process_parameters_for_postcompile(parameters)
            text, names = expanded.statement, tuple(expanded.positiontup or ())
            processors |= expanded.processors
        args = (self._value(parameters[name], processors.get(name)) for name in names)
        return Statement(text, tuple(args), self._result)

    def _value(self, value: Any, process: Processor | None) -> Any:
        if process is not None:
            return process(value)
        # In a text query nothing tells the type, and SQLite's driver would write a moment in its own way.
        return _utc.process_bind_param(value, self._dialect) if isinstance(value, datetime) else value


def _result(compiled: Compiled, dialect: Dialect) -> Result:
    if not isinstance(compiled, SQLCompiler):
        return Result(None, {})
    columns = compiled._result_columns
    processors = [column.type._cached_result_processor(dialect, None) for column in columns]
    if columns and (compiled._ordered_columns or compiled._textual_ordered_columns):
        index = {column.keyname: position for position, column in enumerate(columns)}
        return Result(Shape(index, tuple((at, one) for at, one in enumerate(processors) if one is not None)), {})
    named = zip(columns, processors, strict=True)
    return Result(None, {column.keyname: one for column, one in named if one is not None})
