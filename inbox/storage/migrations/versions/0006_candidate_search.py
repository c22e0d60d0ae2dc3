"""What is searched of each candidate."""

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from inbox.storage import search_index
from inbox.storage.columns import Id
from inbox.storage.search_documents import of_candidate
from inbox.storage.tables import candidate_documents, candidate_numbers, candidates

revision = "0006"
down_revision = "0005"

AT_ONCE = 5_000

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_candidate_documents()
    connection = op.get_bind()
    statements = search_index.postgresql if connection.dialect.name == "postgresql" else search_index.sqlite
    for statement in statements("candidate_documents", ("words", "marks")):
        connection.exec_driver_sql(statement)
    key = sa.tuple_(candidates.c.organisation_id, candidates.c.id)
    # By name: later columns are not there yet.
    columns = [candidates.c[name] for name in ("organisation_id", "id", "name", "email", "sort_name")]
    query = sa.select(*columns).order_by(candidates.c.organisation_id, candidates.c.id).limit(AT_ONCE)
    found = connection.execute(query).all()
    while found:
        connection.execute(candidate_documents.insert(), _documents(connection, found))
        last = found[-1]
        found = connection.execute(query.where(key > sa.tuple_(last.organisation_id, last.id))).all()


def _create_candidate_documents() -> None:
    op.create_table(
        "candidate_documents",
        sa.Column("organisation_id", _serial, nullable=False),
        sa.Column("id", _serial, nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_candidate_documents_organisation_id"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "candidate_id"],
            ["candidates.organisation_id", "candidates.id"],
            name="fk_candidate_documents_organisation_id_candidate_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_candidate_documents"),
        sa.UniqueConstraint(
            "organisation_id", "candidate_id", name="uq_candidate_documents_organisation_id_candidate_id"
        ),
    )
    op.create_index(
        "ix_candidate_documents_organisation_id_sort_name_candidate_id",
        "candidate_documents",
        ["organisation_id", "sort_name", "candidate_id"],
    )


def _documents(connection: sa.Connection, found: Any) -> list[dict[str, Any]]:
    """The rows of these candidates' documents; `found` are in the order of their keys and without a gap."""
    key = sa.tuple_(candidate_numbers.c.organisation_id, candidate_numbers.c.candidate_id)
    first, last = found[0], found[-1]
    held = connection.execute(
        sa.select(*(candidate_numbers.c[name] for name in ("organisation_id", "candidate_id", "number")))
        .where(key >= sa.tuple_(first.organisation_id, first.id), key <= sa.tuple_(last.organisation_id, last.id))
        .order_by(candidate_numbers.c.organisation_id, candidate_numbers.c.candidate_id, candidate_numbers.c.number)
    )
    numbers = {
        holder: [row.number for row in rows]
        for holder, rows in groupby(held, lambda row: (row.organisation_id, row.candidate_id))
    }
    rows = []
    for one in found:
        theirs = numbers.get((one.organisation_id, one.id), [])
        made = of_candidate(one.organisation_id, one.name, one.email, theirs)
        rows.append(
            {
                "organisation_id": one.organisation_id,
                "candidate_id": one.id,
                "sort_name": one.sort_name,
                "words": made.words,
                "marks": made.marks,
            }
        )
    return rows
