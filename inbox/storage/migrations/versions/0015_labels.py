"""Tags and lists of candidates, the orders by which candidates are narrowed, and the words of jobs in the search."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.search_documents import job_marks

revision = "0015"
down_revision = "0014"

AT_ONCE = 5_000

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_candidates = sa.table(
    "candidates", sa.column("organisation_id", _serial), sa.column("id", Id()), sa.column("job", sa.Text())
)
_conversations = sa.table(
    "conversations", sa.column("organisation_id", _serial), sa.column("id", Id()), sa.column("candidate_id", Id())
)
_documents = sa.table(
    "search_documents",
    sa.column("organisation_id", _serial),
    sa.column("conversation_id", Id()),
    sa.column("marks", sa.Text()),
)


def upgrade() -> None:
    _create_labels()
    _create_changes()
    for columns in (["owner_id", "sort_name", "id"], ["stage", "sort_name", "id"], ["job"]):
        name = "_".join(["ix_candidates_organisation_id", *columns])
        op.create_index(name, "candidates", ["organisation_id", *columns])
    nobodys = sa.text("owner_id IS NULL")
    op.create_index(
        "ix_candidates_unowned",
        "candidates",
        ["organisation_id", "sort_name", "id"],
        postgresql_where=nobodys,
        sqlite_where=nobodys,
    )
    _mark_jobs(op.get_bind())


def _create_labels() -> None:
    op.create_table(
        "labels",
        *_ids("id"),
        sa.Column("kind", sa.String(4), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        *_keys("labels", "id"),
        sa.UniqueConstraint("organisation_id", "kind", "sort_name", name="uq_labels_organisation_id_kind_sort_name"),
    )
    op.create_table(
        "label_members",
        *_ids("label_id", "candidate_id"),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("added_at", Utc(), nullable=False, server_default=db_now()),
        *_keys("label_members", "label_id", "candidate_id"),
        _within("label_members", "labels", "label_id"),
        _within("label_members", "candidates", "candidate_id"),
    )
    op.create_index(
        "ix_label_members_organisation_id_candidate_id", "label_members", ["organisation_id", "candidate_id"]
    )
    by_name = ["organisation_id", "label_id", "sort_name", "candidate_id"]
    op.create_index("ix_label_members_by_name", "label_members", by_name)


def _create_changes() -> None:
    op.create_table(
        "label_changes",
        *_ids("id", "label_id", "actor_id"),
        sa.Column("act", sa.String(6), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        *_keys("label_changes", "id"),
        _within("label_changes", "labels", "label_id"),
        _within("label_changes", "users", "actor_id"),
    )
    op.create_table(
        "label_change_members",
        *_ids("change_id", "candidate_id"),
        *_keys("label_change_members", "change_id", "candidate_id"),
        _within("label_change_members", "label_changes", "change_id"),
        _within("label_change_members", "candidates", "candidate_id"),
    )


def _ids(*names: str) -> list[sa.Column[Any]]:
    return [
        sa.Column("organisation_id", _serial, nullable=False),
        *(sa.Column(name, Id(), nullable=False) for name in names),
    ]


def _keys(table: str, *columns: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=f"fk_{table}_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", *columns, name=f"pk_{table}"),
    ]


def _within(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{other}.organisation_id", f"{other}.id"],
        name=f"fk_{table}_organisation_id_{column}",
    )


def _mark_jobs(connection: sa.Connection) -> None:
    key = sa.tuple_(_candidates.c.organisation_id, _candidates.c.id)
    query = (
        sa.select(_candidates)
        .where(_candidates.c.job.is_not(None))
        .order_by(_candidates.c.organisation_id, _candidates.c.id)
        .limit(AT_ONCE)
    )
    found = connection.execute(query).all()
    theirs = sa.select(_conversations.c.id).where(
        _conversations.c.organisation_id == sa.bindparam("organisation"),
        _conversations.c.candidate_id == sa.bindparam("candidate", type_=Id()),
    )
    marked = (
        sa.update(_documents)
        .where(_documents.c.organisation_id == sa.bindparam("organisation"), _documents.c.conversation_id.in_(theirs))
        .values(marks=_documents.c.marks + sa.bindparam("more", type_=sa.Text()))
    )
    while found:
        rows = [{"organisation": one.organisation_id, "candidate": one.id, "more": job_marks(one.job)} for one in found]
        connection.execute(marked, rows)
        found = connection.execute(query.where(key > sa.tuple_(found[-1].organisation_id, found[-1].id))).all()
