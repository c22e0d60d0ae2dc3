"""From a statement of SQLAlchemy to what a driver takes: text, arguments, and the shape of the result."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from inbox.storage.rows import Shape


@dataclass(frozen=True, slots=True)
class Statement:
    """Ready for the driver; `shape` is None when only the driver will know the columns."""

    text: str
    args: tuple[Any, ...]
    shape: Shape | None


def translate(query: ClauseElement, dialect: Dialect) -> Statement:
    """`query` in the words of `dialect`, which has paramstyle qmark (SQLite) or pyformat (asyncpg: $1, $2)."""
    compiled = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    if not isinstance(compiled, SQLCompiler):
        return Statement(compiled.string, (), None)
    values = compiled.construct_params()
    if dialect.paramstyle == "qmark":
        names = list(compiled.positiontup or ())
        text = compiled.string
    else:
        names = sorted(values)
        text = compiled.string % {name: f"${number}" for number, name in enumerate(names, start=1)}
    processors: dict[str, Any] = dict(compiled._bind_processors)
    args = tuple(processors[name](values[name]) if name in processors else values[name] for name in names)
    return Statement(text, args, _shape(compiled, dialect))


def _shape(compiled: SQLCompiler, dialect: Dialect) -> Shape | None:
    columns = compiled._result_columns
    if not columns or not (compiled._ordered_columns or compiled._textual_ordered_columns):
        return None
    processors = (column.type._cached_result_processor(dialect, None) for column in columns)
    return Shape(
        {column.keyname: position for position, column in enumerate(columns)},
        tuple((position, process) for position, process in enumerate(processors) if process is not None),
    )
