"""The people behind a number of the chat report."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import and_, exists, func, select

from inbox.reports.chat import Asked, Group, groups
from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import candidate_documents, candidates, conversations, messages

PAGE = 50
_CHOSEN: Collection[Group] = ("selected", "can_text")
"""Groups in which somebody is themselves and not because of texts with a number."""


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate; or, with `conversation_id`, a number of several of whom nobody has said who it is that writes."""

    id: str
    name: str | None
    number: str | None
    conversation_id: str | None = None


async def people(tenant: Tenant, asked: Asked, group: Group, *, after: int = 0) -> tuple[Sequence[Person], int | None]:
    """Exactly those that a group counts, those behind the place `after`; the place of the next page."""
    them = (await groups(tenant, asked, [group]))[group]
    chosen = list(islice(them.iter_equal_or_larger(after + 1), PAGE + 1))
    with_them = and_(
        conversations.c.organisation_id == candidate_documents.c.organisation_id,
        conversations.c.candidate_id == candidate_documents.c.candidate_id,
    )
    rows = await tenant.fetch_all(
        select(candidates.c.id, candidates.c.name, func.min(conversations.c.candidate_number).label("number"))
        .select_from(candidate_documents)
        .join(
            candidates,
            and_(
                candidates.c.organisation_id == candidate_documents.c.organisation_id,
                candidates.c.id == candidate_documents.c.candidate_id,
            ),
        )
        .outerjoin(conversations, with_them)
        .where(
            candidate_documents.c.organisation_id == tenant.organisation_id,
            candidate_documents.c.id.in_(chosen[:PAGE]),
        )
        .group_by(candidate_documents.c.id, candidates.c.id, candidates.c.name)
        .order_by(candidate_documents.c.id)
    )
    unknown = {} if group in _CHOSEN else await _unknown(tenant, asked, [row.id for row in rows])
    found = [unknown.get(row.id) or Person(row.id, row.name, row.number) for row in rows]
    return found, chosen[PAGE - 1] if len(chosen) > PAGE else None


async def _unknown(tenant: Tenant, asked: Asked, ids: Sequence[str]) -> Mapping[str, Person]:
    """Those of them who may be counted for texts of these days that somebody else with their number wrote."""
    written = exists().where(
        messages.c.organisation_id == conversations.c.organisation_id,
        messages.c.conversation_id == conversations.c.id,
        *([messages.c.at >= asked.start] if asked.start else []),
        *([messages.c.at < asked.end] if asked.end else []),
    )
    rows: Sequence[Any] = await tenant.fetch_all(
        select(conversations.c.id, conversations.c.candidate_id, conversations.c.candidate_number)
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.candidate_id.in_(ids),
            conversations.c.undecided,
            *([conversations.c.company_id == asked.company_id] if asked.company_id else []),
            written,
            *seen(tenant),
        )
        .order_by(conversations.c.id)
    )
    return {row.candidate_id: Person(row.candidate_id, None, row.candidate_number, row.id) for row in rows}
