"""Keeps the search document of a conversation in step, in the transaction of what is written."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import insert

from inbox.storage import search_documents as documents
from inbox.storage.columns import Id
from inbox.storage.database import Tenant
from inbox.storage.search_documents import Document
from inbox.storage.search_index import holds
from inbox.storage.tables import candidates, search_documents

_ADDED = (
    insert(search_documents)
    .values(
        organisation_id=bindparam("organisation"),
        conversation_id=bindparam("conversation", type_=Id()),
        words=bindparam("new_words"),
        marks=bindparam("new_marks"),
        recency=bindparam("new_recency"),
    )
    .on_conflict_do_nothing(index_elements=["organisation_id", "conversation_id"])
)
_stored = search_documents.c
_WRITTEN = (
    search_documents.update()
    .where(
        _stored.organisation_id == bindparam("organisation"),
        _stored.conversation_id == bindparam("conversation", type_=Id()),
    )
    .values(
        words=case(
            (func.length(_stored.words) > documents.MOST_LETTERS, _stored.words),
            else_=_stored.words + bindparam("line", type_=Text()),
        ),
        marks=case(
            (holds(_stored.marks, bindparam("day", type_=Text())), _stored.marks),
            else_=_stored.marks + bindparam("days", type_=Text()),
        ),
        recency=bindparam("new_recency"),
    )
)


_RENAMED = (
    search_documents.update()
    .where(
        _stored.organisation_id == bindparam("organisation"),
        _stored.conversation_id == bindparam("conversation", type_=Id()),
        func.substr(_stored.words, 1, bindparam("letters", type_=Integer())) == bindparam("old", type_=Text()),
    )
    .values(
        words=bindparam("new", type_=Text())
        + func.substr(_stored.words, bindparam("letters", type_=Integer()) + 1, type_=Text())
    )
)


async def opened(tenant: Tenant, conversation_id: str, candidate_id: str, number: str) -> None:
    """A conversation with this candidate was opened; nothing is written in it yet."""
    name = await tenant.fetch_val(
        select(candidates.c.name).where(
            candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id
        )
    )
    await add(tenant, conversation_id, name, number, ())


async def add(
    tenant: Tenant, conversation_id: str, name: str | None, number: str, texts: Iterable[tuple[datetime, str]]
) -> None:
    """Make the document of a conversation that has none; `texts` are what is written in it, with their moments."""
    made: Document = documents.document(tenant.organisation_id, name, number, texts)
    values = {"new_words": made.words, "new_marks": made.marks, "new_recency": made.recency}
    await tenant.execute(_ADDED, {"organisation": tenant.organisation_id, "conversation": conversation_id, **values})


async def written(tenant: Tenant, conversation_id: str, text: str, *, at: datetime, last_at: datetime) -> None:
    """A text has come into a conversation, written at `at`; its newest one is of `last_at` (both UTC)."""
    await tenant.execute(_WRITTEN, _values(tenant, conversation_id, text, at, last_at))


async def all_written(tenant: Tenant, texts: Iterable[tuple[str, str]], *, at: datetime) -> None:
    """Texts have come into these conversations, each its newest, all of them written at `at` (UTC)."""
    rows = [_values(tenant, conversation_id, text, at, at) for conversation_id, text in texts]
    await tenant.database.execute_many(_WRITTEN, rows)


def _values(tenant: Tenant, conversation_id: str, text: str, at: datetime, last_at: datetime) -> dict[str, Any]:
    days = documents.day_marks(at)
    return {
        "organisation": tenant.organisation_id,
        "conversation": conversation_id,
        "line": documents.line(text),
        "day": documents.narrowest(days),
        "days": days,
        "new_recency": documents.recency(tenant.organisation_id, last_at),
    }


async def renamed(tenant: Tenant, conversation_id: str, before: str, after: str) -> None:
    """The candidate of a conversation has another name; without one it is the number."""
    old = documents.line(before)
    values = {"old": old, "letters": len(old), "new": documents.line(after)}
    await tenant.execute(_RENAMED, {"organisation": tenant.organisation_id, "conversation": conversation_id, **values})
