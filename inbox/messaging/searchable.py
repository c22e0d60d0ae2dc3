"""Keeps the search document of a conversation in step, in the transaction of what is written."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text, and_, bindparam, case, func, not_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage import search_documents as documents
from inbox.storage.columns import Id
from inbox.storage.database import Tenant
from inbox.storage.search_documents import Document
from inbox.storage.search_index import holds
from inbox.storage.tables import candidates, label_members, labels, search_documents

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


# Kept from whoever changes the job or the tags until the transaction ends: they look for conversations after that.
_KNOWN = (
    select(candidates.c.name, candidates.c.job)
    .where(
        candidates.c.organisation_id == bindparam("organisation"),
        candidates.c.id == bindparam("candidate", type_=Id()),
    )
    .with_for_update(key_share=True)
)
_TAGS = (
    select(labels.c.id)
    .join(
        label_members,
        and_(
            label_members.c.organisation_id == labels.c.organisation_id,
            label_members.c.label_id == labels.c.id,
        ),
    )
    .where(
        labels.c.organisation_id == bindparam("organisation"),
        labels.c.kind == "tag",
        label_members.c.candidate_id == bindparam("candidate", type_=Id()),
    )
)


async def opened(tenant: Tenant, conversation_id: str, candidate_id: str, number: str) -> None:
    """A conversation with this candidate was opened; nothing is written in it yet."""
    values = {"organisation": tenant.organisation_id, "candidate": candidate_id}
    known = await tenant.fetch_one(_KNOWN, values)
    tags = await tenant.fetch_all(_TAGS, values)
    name, job = (known.name, known.job) if known else (None, None)
    marks = documents.job_marks(job) + "".join(documents.tag_marks(tag.id) for tag in tags)
    await add(tenant, conversation_id, name, number, (), more_marks=marks)


async def add(
    tenant: Tenant,
    conversation_id: str,
    name: str | None,
    number: str,
    texts: Iterable[tuple[datetime, str]],
    *,
    more_marks: str = "",
) -> None:
    """Make the document of a conversation that has none; `texts` are what is written in it, with their moments.

    `more_marks` are those of the candidate's tags and job.
    """
    made: Document = documents.document(tenant.organisation_id, name, number, texts, more_marks=more_marks)
    values = {"new_words": made.words, "new_marks": made.marks, "new_recency": made.recency}
    await tenant.execute(_ADDED, {"organisation": tenant.organisation_id, "conversation": conversation_id, **values})


async def written(tenant: Tenant, conversation_id: str, text: str, *, at: datetime, last_at: datetime) -> None:
    """A text has come into a conversation, written at `at`; its newest one is of `last_at` (both UTC)."""
    await tenant.execute(_WRITTEN, _values(tenant, conversation_id, text, at, last_at))


async def all_written(tenant: Tenant, texts: Iterable[tuple[str, str]], *, at: datetime) -> None:
    """Texts have come into these conversations, each its newest, all of them written at `at` (UTC)."""
    rows = [_values(tenant, conversation_id, text, at, at) for conversation_id, text in texts]
    await tenant.execute_many(_WRITTEN, rows)


async def kept(tenant: Tenant, texts: Iterable[tuple[str, str, datetime, datetime]]) -> None:
    """Texts of before were kept: each as (conversation, text, written at, the newest there is at), times UTC."""
    rows = [_values(tenant, conversation_id, text, at, last_at) for conversation_id, text, at, last_at in texts]
    await tenant.execute_many(_WRITTEN, rows)


async def forgot(
    tenant: Tenant,
    conversation_id: str,
    texts: Collection[tuple[str, datetime]],
    *,
    days: Collection[datetime],
    last_at: datetime | None,
) -> None:
    """These texts, each with its moment, are there no more; on these `days` (UTC, midnights) something else is.

    `last_at` (UTC) is when the newest that is left was written; None where nothing is.
    """
    mine = _stored.organisation_id == tenant.organisation_id, _stored.conversation_id == conversation_id
    row = await tenant.fetch_one(select(_stored.words, _stored.marks).where(*mine))
    if row is None:
        return
    marks, left = row.marks, {documents.day_marks(day) for day in days}
    for gone in {documents.day_marks(at) for _text, at in texts} - left:
        marks = marks.replace(gone, "")
    values = {
        "words": documents.without(row.words, [text for text, _at in texts]),
        "marks": marks,
        "recency": documents.recency(tenant.organisation_id, last_at) if last_at else "",
    }
    await tenant.execute(search_documents.update().where(*mine).values(**values))


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


async def tagged(tenant: Tenant, conversation_ids: Collection[str], tag_id: str) -> None:
    """The candidates of these conversations have a tag more."""
    marks = documents.tag_marks(tag_id)
    await _mark(tenant, conversation_ids, not_(holds(_stored.marks, marks)), _stored.marks + marks)


async def untagged(tenant: Tenant, conversation_ids: Collection[str], tag_id: str) -> None:
    """The candidates of these conversations have a tag less."""
    marks = documents.tag_marks(tag_id)
    await _mark(tenant, conversation_ids, holds(_stored.marks, marks), func.replace(_stored.marks, marks, ""))


async def has_job(tenant: Tenant, conversation_ids: Collection[str], before: str | None, after: str | None) -> None:
    """The candidate of these conversations has another job."""
    old, new = documents.job_marks(before), documents.job_marks(after)
    kept = func.replace(_stored.marks, old, "", type_=Text()) if old else _stored.marks
    await _mark(tenant, conversation_ids, true(), kept + new)


async def _mark(
    tenant: Tenant, conversation_ids: Collection[str], when: ColumnElement[bool], marks: ColumnElement[str]
) -> None:
    await tenant.execute(
        search_documents.update()
        .where(
            _stored.organisation_id == tenant.organisation_id,
            _stored.conversation_id.in_(sorted(conversation_ids)),
            when,
        )
        .values(marks=marks)
    )
