"""The index over `search_documents`: a GIN of lexemes on PostgreSQL, an FTS5 table on SQLite, both of our own words.

Neither of them cuts words, folds case or knows a language: a word is what stands between blanks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import DDL, Table, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean

COLUMNS = ("words", "marks", "recency")
"""Those of a table of documents that are searched, as far as it has them."""

_SQLITE_NAMES = {"search_documents": "search_index", "candidate_documents": "candidate_index"}
SQLITE_INDEXES = tuple(_SQLITE_NAMES.values())


# Its cost keeps PostgreSQL from reading all documents where it expects many to be found. It is not plain SQL, which
# would be written out in place and lose it, and not safe in parallel: to begin with workers takes longer than most
# searches do.
_LEXEMES = """
CREATE OR REPLACE FUNCTION search_lexemes(document text) RETURNS tsvector LANGUAGE plpgsql
IMMUTABLE STRICT COST 1000 AS
$$BEGIN RETURN array_to_tsvector(array_remove(string_to_array(document, ' '), '')); END$$
"""


def postgresql(table: str, columns: Sequence[str]) -> list[str]:
    """What makes the index over these columns on PostgreSQL."""
    # New entries wait in a list that every search reads to its end, so it is kept short.
    index = f"CREATE INDEX ix_{table}_lexemes ON {table} USING gin ({_lexemes('', columns)})"
    return [_LEXEMES, f"{index} WITH (gin_pending_list_limit = 256)"]


def sqlite(table: str, columns: Sequence[str]) -> list[str]:
    """What makes the index over these columns on SQLite, and keeps it in step."""
    index, names = _SQLITE_NAMES[table], ", ".join(columns)
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("old", "new"))
    forget = f"INSERT INTO {index} ({index}, rowid, {names}) VALUES ('delete', old.id, {old});"  # noqa: S608 - our names
    learn = f"INSERT INTO {index} (rowid, {names}) VALUES (new.id, {new});"  # noqa: S608
    return [
        f"CREATE VIRTUAL TABLE {index} USING fts5 ({names}, content = '{table}', "
        "content_rowid = 'id', tokenize = 'ascii', detail = none, columnsize = 0)",
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {learn} END",
        f"CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} BEGIN {forget} {learn} END",
        f"CREATE TRIGGER {table}_removed AFTER DELETE ON {table} BEGIN {forget} END",
    ]


def create_with(table: Table, columns: Sequence[str]) -> None:
    """Have the index created right after its table."""
    for dialect, statements in (("postgresql", postgresql), ("sqlite", sqlite)):
        for statement in statements(table.name, columns):
            ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)


def _lexemes(prefix: str, columns: Sequence[str]) -> str:
    joined = f"{prefix}{columns[0]}"
    for column in columns[1:]:
        joined = f"({joined} || {prefix}{column})"
    return f"search_lexemes({joined})"


Dialect: TypeAlias = Literal["sqlite", "postgresql"]
_SIGNS = {"postgresql": ("&", "|", "'{}'", "'{}':*"), "sqlite": ("AND", "OR", '"{}"', '"{}" *')}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a document, or with `is_prefix` one that begins so."""

    text: str
    is_prefix: bool = False

    def written(self, dialect: Dialect) -> str:
        """The question in the language of the index."""
        return _SIGNS[dialect][2 + self.is_prefix].format(self.text)


@dataclass(frozen=True, slots=True)
class All:
    """Documents that answer every part; there is at least one."""

    parts: Sequence["Question"]

    def written(self, dialect: Dialect) -> str:
        """The question in the language of the index."""
        return _joined(self.parts, dialect, _SIGNS[dialect][0])


@dataclass(frozen=True, slots=True)
class Either:
    """Documents that answer one of the parts; there is at least one."""

    parts: Sequence["Question"]

    def written(self, dialect: Dialect) -> str:
        """The question in the language of the index."""
        return _joined(self.parts, dialect, _SIGNS[dialect][1])


Question: TypeAlias = Word | All | Either


def _joined(parts: Sequence[Question], dialect: Dialect, sign: str) -> str:
    return f"({f' {sign} '.join(part.written(dialect) for part in parts)})"


class found(FunctionElement[bool]):
    """Whether the index finds a document: `found(search_documents.c.id, question.written(dialect))`."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Itself: a condition "… = 1", as SQLAlchemy writes for SQLite, would keep it from its index."""
        return self


@compiles(found, "postgresql")
def _in_postgresql(element: found, compiler: SQLCompiler, **options: Any) -> str:
    document, asked = element.clauses
    table: Any = document.table
    columns = [name for name in COLUMNS if name in table.columns]
    return f"{_lexemes(f'{table.name}.', columns)} @@ ({compiler.process(asked, **options)})::text::tsquery"


@compiles(found, "sqlite")
def _in_sqlite(element: found, compiler: SQLCompiler, **options: Any) -> str:
    document, asked = element.clauses
    index = _SQLITE_NAMES[document.table.name]
    named = f"SELECT rowid FROM {index} WHERE {index} MATCH {compiler.process(asked, **options)}"  # noqa: S608
    return f"{compiler.process(document, **options)} IN ({named})"


class holds(FunctionElement[bool]):
    """Whether a text has this one in it, letter for letter: `holds(search_documents.c.words, " maya ")`."""

    type = Boolean()
    inherit_cache = True


@compiles(holds, "postgresql")
def _holds_postgresql(element: holds, compiler: SQLCompiler, **options: Any) -> str:
    text, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"strpos({text}, {part}) > 0"


@compiles(holds, "sqlite")
def _holds_sqlite(element: holds, compiler: SQLCompiler, **options: Any) -> str:
    text, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"instr({text}, {part}) > 0"
