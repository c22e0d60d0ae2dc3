"""How the databases would run what the product asks them: every statement is remembered, then explained."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from inbox.storage.statements import Statement, Translator

Explain = Callable[[Sequence[Statement]], list[str]]

GROWING = {
    *("messages", "conversations", "candidates", "candidate_numbers", "search_documents", "search_index", "events"),
    *("message_status_log", "opt_outs", "candidate_documents", "candidate_index", "label_members"),
    "notifications",
}
"""Tables with a row for each candidate or text."""
MOST_SORTED = 3_000
"""Rows that may be sorted for one page: what the index names of a stretch of time."""

# SQLite's words for a table that is read from its beginning to its end, and for one of which a whole organisation is.
_IS_WHOLE = re.compile(rf"SCAN ({'|'.join(GROWING)})(?! (USING INDEX|USING COVERING INDEX|VIRTUAL TABLE))")
_IS_LONG = re.compile(
    rf"SCAN ({'|'.join(GROWING)})(?! VIRTUAL TABLE)"
    rf"|SEARCH ({'|'.join(GROWING)}) USING .*\(organisation_id=\?( AND \w+[<>]\?)*\)( LEFT-JOIN)?$"
)


@contextmanager
def remembered() -> Iterator[list[Statement]]:
    """Every statement that is translated for a driver inside, with its values."""
    found: list[Statement] = []
    translate = Translator.translate

    def remember(self: Translator, bound: Any) -> Statement:
        statement = translate(self, bound)
        found.append(statement)
        return statement

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Translator, "translate", remember)
        yield found


@contextmanager
def explaining(url: str) -> Iterator[Explain]:
    """What in statements grows with the number of conversations: whole tables that are read, many rows that are sorted.

    A statement is explained once for all times that it comes with the same values: its plan is the same.
    """
    explained: set[tuple[str, str]] = set()

    def faults(statements: Sequence[Statement]) -> list[str]:
        asked = {(one.text, repr(one.args)): one for one in statements if _reads(one)}
        new = [one for key, one in asked.items() if key not in explained]
        explained.update(asked)
        return [fault for one in new for fault in faults_of(one)]

    if url.startswith("sqlite"):
        with closing(sqlite3.connect(urlsplit(url).path)) as connection:
            faults_of: Callable[[Statement], Iterator[str]] = partial(_sqlite_faults, connection)
            yield faults
    else:
        with psycopg.connect(url, autocommit=True) as server:
            faults_of = partial(_postgresql_faults, server)
            yield faults


def _reads(statement: Statement) -> bool:
    return statement.text.lstrip().lower().startswith(("select", "with"))


def _sqlite_faults(connection: sqlite3.Connection, statement: Statement) -> Iterator[str]:
    steps = connection.execute(f"explain query plan {statement.text}", statement.args).fetchall()
    for _, parent, _, step in steps:
        beside = [other for _, over, _, other in steps if over == parent]
        if _IS_WHOLE.match(step) or (step == "USE TEMP B-TREE FOR ORDER BY" and any(map(_IS_LONG.match, beside))):
            yield f"{step}\n{statement.text}"


def _postgresql_faults(server: psycopg.Connection[Any], statement: Statement) -> Iterator[str]:
    for node in _nodes(explained(server, statement)):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWING:
            yield f"{node['Node Type']} on {node['Relation Name']}\n{statement.text}"
        if "Sort" in node["Node Type"] and node["Plan Rows"] > MOST_SORTED:
            yield f"{node['Node Type']} of {node['Plan Rows']} rows\n{statement.text}"


def explained(server: psycopg.Connection[Any], statement: Statement) -> dict[str, Any]:
    """PostgreSQL's plan."""
    cursor = psycopg.RawCursor(server)
    cursor.execute(f"explain (format json) {statement.text}".encode(), statement.args)
    ((plans,),) = cursor.fetchall()
    plan: dict[str, Any] = (plans if isinstance(plans, list) else json.loads(plans))[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
