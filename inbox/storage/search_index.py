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

_LEXEMES = (
    "array_to_tsvector(array_remove(string_to_array("
    "((search_documents.words || search_documents.marks) || search_documents.recency), ' '), ''))"
)
# New entries wait in a list that every search reads to its end, so it is kept short.
POSTGRESQL = (
    "CREATE INDEX ix_search_documents_lexemes ON search_documents USING gin "
    f"({_LEXEMES.replace('search_documents.', '')}) WITH (gin_pending_list_limit = 256)",
)
_FORGET = (
    "INSERT INTO search_index (search_index, rowid, words, marks, recency) "
    "VALUES ('delete', old.id, old.words, old.marks, old.recency);"
)
_LEARN = "INSERT INTO search_index (rowid, words, marks, recency) VALUES (new.id, new.words, new.marks, new.recency);"
SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5 (words, marks, recency, content = 'search_documents', "
    "content_rowid = 'id', tokenize = 'ascii', detail = none, columnsize = 0)",
    f"CREATE TRIGGER search_documents_added AFTER INSERT ON search_documents BEGIN {_LEARN} END",
    f"CREATE TRIGGER search_documents_changed AFTER UPDATE ON search_documents BEGIN {_FORGET} {_LEARN} END",
    f"CREATE TRIGGER search_documents_removed AFTER DELETE ON search_documents BEGIN {_FORGET} END",
)


def create_with(table: Table) -> None:
    """Have the index created right after its table."""
    for dialect, statements in (("postgresql", POSTGRESQL), ("sqlite", SQLITE)):
        for statement in statements:
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


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


@compiles(found, "postgresql")
def _in_postgresql(element: found, compiler: SQLCompiler, **options: Any) -> str:
    _, asked = element.clauses
    return f"{_LEXEMES} @@ ({compiler.process(asked, **options)})::text::tsquery"


@compiles(found, "sqlite")
def _in_sqlite(element: found, compiler: SQLCompiler, **options: Any) -> str:
    document, asked = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{document} IN (SELECT rowid FROM search_index WHERE search_index MATCH {asked})"  # noqa: S608 - our names


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
