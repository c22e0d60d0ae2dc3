"""What is searched of each conversation, and an index for every filter of the list."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from inbox.storage import search_index
from inbox.storage.columns import Id
from inbox.storage.search_documents import document
from inbox.storage.tables import candidates, conversations, messages, search_documents

revision = "0003"
down_revision = "0002"

AT_ONCE = 2_000

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _list_every_filter()
    _create_search_documents()
    connection = op.get_bind()
    for conversation_ids in _conversations(connection):
        connection.execute(search_documents.insert(), _documents(connection, conversation_ids))
    statements = search_index.postgresql if connection.dialect.name == "postgresql" else search_index.sqlite
    for statement in statements("search_documents", ("words", "marks", "recency")):
        connection.exec_driver_sql(statement)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('rebuild')")


def _list_every_filter() -> None:
    """However rare what two chips leave is, no list is read to its end for it."""
    lists = {
        "mine_failed": "failed > 0 AND closed_at IS NULL",
        "unread_failed": "unread > 0 AND closed_at IS NULL AND failed > 0",
        "closed_failed": "failed > 0 AND closed_at IS NOT NULL",
        "closed_unread": "unread > 0 AND closed_at IS NOT NULL",
    }
    for name, when in lists.items():
        whose = ["assignee_id"] if name.startswith("mine") else []
        columns = ["organisation_id", *whose, "last_message_at", "id"]
        where = sa.text(when)
        op.create_index(
            f"ix_conversations_{name}", "conversations", columns, postgresql_where=where, sqlite_where=where
        )


def _create_search_documents() -> None:
    op.create_table(
        "search_documents",
        sa.Column("organisation_id", _serial, nullable=False),
        sa.Column("id", _serial, nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("recency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_search_documents_organisation_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "conversation_id"],
            ["conversations.organisation_id", "conversations.id"],
            name="fk_search_documents_organisation_id_conversation_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_search_documents"),
        sa.UniqueConstraint(
            "organisation_id", "conversation_id", name="uq_search_documents_organisation_id_conversation_id"
        ),
    )


def _conversations(connection: sa.Connection) -> Iterator[list[tuple[int, str]]]:
    """The keys of all conversations, so many at once."""
    key = sa.tuple_(conversations.c.organisation_id, conversations.c.id)
    query = sa.select(conversations.c.organisation_id, conversations.c.id).order_by(
        conversations.c.organisation_id, conversations.c.id
    )
    found = connection.execute(query.limit(AT_ONCE)).all()
    while found:
        yield [(row.organisation_id, row.id) for row in found]
        found = connection.execute(query.where(key > sa.tuple_(*found[-1])).limit(AT_ONCE)).all()


def _documents(connection: sa.Connection, keys: list[tuple[int, str]]) -> list[dict[str, Any]]:
    """The rows of these conversations' documents; `keys` are in their order and without a gap."""
    key = sa.tuple_(conversations.c.organisation_id, conversations.c.id)
    rows = connection.execute(
        sa.select(
            conversations.c.organisation_id,
            conversations.c.id,
            conversations.c.candidate_number,
            candidates.c.name,
            messages.c.at,
            messages.c.body,
        )
        .select_from(conversations)
        .join(candidates, _same(candidates.c.id, conversations.c.candidate_id, candidates))
        .outerjoin(messages, _same(messages.c.conversation_id, conversations.c.id, messages))
        .where(key >= sa.tuple_(*keys[0]), key <= sa.tuple_(*keys[-1]))
        .order_by(conversations.c.organisation_id, conversations.c.id, messages.c.at, messages.c.id)
    )
    return [
        _row(organisation_id, conversation_id, list(texts))
        for (organisation_id, conversation_id), texts in groupby(rows, lambda row: (row.organisation_id, row.id))
    ]


def _row(organisation_id: int, conversation_id: str, texts: list[Any]) -> dict[str, Any]:
    written = [(text.at, text.body) for text in texts if text.at is not None]
    made = document(organisation_id, texts[0].name, texts[0].candidate_number, written)
    return {
        "organisation_id": organisation_id,
        "conversation_id": conversation_id,
        "words": made.words,
        "marks": made.marks,
        "recency": made.recency,
    }


def _same(one: sa.Column[Any], other: sa.Column[Any], table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.organisation_id == conversations.c.organisation_id, one == other)
