"""The first candidates by name that a search finds, however many or few there are.

The first ones of the list are asked; where these hold too few, the index is.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import Select, and_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage import search_documents as documents
from inbox.storage import search_terms
from inbox.storage.database import Tenant
from inbox.storage.search_index import All, Word, found
from inbox.storage.tables import candidate_documents, candidate_numbers

ASKED_FIRST = 1_000
"""Candidates that are asked before the index is, which then names all that are found, whatever their names."""

_stored = candidate_documents.c

Asked: TypeAlias = Callable[[ColumnElement[str]], ColumnElement[bool]]
"""What is asked of a candidate beside the words, by the column of its id."""


async def first(
    tenant: Tenant, q: str, most: int, *, after: tuple[str, str] | None = None, asked: Asked | None = None
) -> list[str]:
    """The ids of the first candidates that `q` finds, `most` at most, behind the name and id `after`."""
    if not search_terms.alternatives(q):
        return []
    answers = await tenant.fetch_all(_asked_one_by_one(tenant, q, after, asked).limit(ASKED_FIRST))
    ids = [row.candidate_id for row in answers if row.is_shown]
    if len(ids) >= most or len(answers) < ASKED_FIRST:
        return ids[:most]
    place = (answers[-1].sort_name, answers[-1].candidate_id)
    query = _by_index(tenant, q, place, asked).limit(most - len(ids))
    return ids + [row.candidate_id for row in await tenant.fetch_all(query)]


def _asked_one_by_one(tenant: Tenant, q: str, after: tuple[str, str] | None, asked: Asked | None) -> Select[Any]:
    """The first of the list, with whether each is found."""
    is_shown = _is_shown(q, _stored, asked)
    query = select(_stored.candidate_id, _stored.sort_name, is_shown.label("is_shown")).where(
        _stored.organisation_id == tenant.organisation_id
    )
    return _by_name(query, _stored, after)


def _by_index(tenant: Tenant, q: str, after: tuple[str, str], asked: Asked | None) -> Select[Any]:
    """Those that are found among what the index names, by itself and first."""
    question = All([Word(documents.organisation_mark(tenant.organisation_id)), *search_terms.questions(q)])
    named = (
        select(_stored.organisation_id, _stored.candidate_id, _stored.sort_name, _stored.words)
        .where(found(_stored.id, question.written(tenant.database.dialect)))
        .cte("named")
        .prefix_with("MATERIALIZED")
    )
    query = select(named.c.candidate_id).where(
        named.c.organisation_id == tenant.organisation_id, _is_shown(q, named.c, asked)
    )
    return _by_name(query, named.c, after)


def _is_shown(q: str, columns: Any, asked: Asked | None) -> ColumnElement[bool]:
    found_by_words = search_terms.condition(q, columns.words, _digits_of(columns.candidate_id))
    return found_by_words if asked is None else and_(found_by_words, asked(columns.candidate_id))


def _by_name(query: Select[Any], columns: Any, after: tuple[str, str] | None) -> Select[Any]:
    query = query.order_by(columns.sort_name, columns.candidate_id)
    return query if after is None else query.where(tuple_(columns.sort_name, columns.candidate_id) > after)


def _digits_of(candidate_id: ColumnElement[str]) -> search_terms.HasDigits:
    """Whether one of the candidate's numbers has these digits in it."""

    def has(digits: str) -> ColumnElement[bool]:
        table = candidate_id.table
        one = (
            select(candidate_numbers.c.number)
            .where(
                candidate_numbers.c.organisation_id == table.c.organisation_id,
                candidate_numbers.c.candidate_id == candidate_id,
                candidate_numbers.c.number.contains(digits),
            )
            .limit(1)
        )
        return one.correlate(table).scalar_subquery().is_not(None)

    return has
