"""From a statement of SQLAlchemy to what a driver takes: text, arguments, and the shape of the result."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.cache_key import CacheKey
from sqlalchemy.sql.compiler import SQLCompiler

from inbox.storage.rows import Shape

_MOST_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Statement:
    """Ready for the driver; `shape` is None when only the driver will know the columns."""

    text: str
    args: tuple[Any, ...]
    shape: Shape | None


class Translator:
    """Writes statements for a dialect with positional parameters, and remembers how.

    To compile a statement takes longer than to run it on SQLite. So what differs in values only is compiled once;
    SQLAlchemy's cache key tells what is alike.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._remembered: dict[Any, _Compiled] = {}

    def translate(self, query: ClauseElement) -> Statement:
        """`query` for the driver."""
        key = query._generate_cache_key()
        if key is None:
            return _Compiled(query, self._dialect, None).fill(None)
        compiled = self._remembered.get(key.key)
        if compiled is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()  # statements are written in the code, so this is text built from data
            compiled = self._remembered[key.key] = _Compiled(query, self._dialect, key)
        return compiled.fill(key)


class _Compiled:
    """A statement without its values."""

    def __init__(self, query: ClauseElement, dialect: Dialect, key: CacheKey | None) -> None:
        options: dict[str, Any] = {} if key is None else {"cache_key": key}
        self._compiled = query.compile(dialect=dialect, **options)
        self._shape = _shape(self._compiled, dialect) if isinstance(self._compiled, SQLCompiler) else None

    def fill(self, key: CacheKey | None) -> Statement:
        compiled = self._compiled
        if not isinstance(compiled, SQLCompiler):
            return Statement(compiled.string, (), None)  # it creates or drops something
        values = (
            compiled.construct_params()
            if key is None
            else compiled.construct_params(key.params, extracted_parameters=key.bindparams)
        )
        text, names = compiled.string, tuple(compiled.positiontup or ())
        processors: dict[str, Any] = dict(compiled._bind_processors)
        if (
            compiled.post_compile_params or compiled.literal_execute_params
        ):  # IN lists are written out for the number of their values
            expanded = compiled._process_parameters_for_postcompile(values)
            text, names = expanded.statement, tuple(expanded.positiontup or ())
            processors |= expanded.processors
        args = (processors[name](values[name]) if name in processors else values[name] for name in names)
        return Statement(text, tuple(args), self._shape)


def _shape(compiled: SQLCompiler, dialect: Dialect) -> Shape | None:
    columns = compiled._result_columns
    if not columns or not (compiled._ordered_columns or compiled._textual_ordered_columns):
        return None
    processors = (column.type._cached_result_processor(dialect, None) for column in columns)
    return Shape(
        {column.keyname: position for position, column in enumerate(columns)},
        tuple((position, process) for position, process in enumerate(processors) if process is not None),
    )
