"""Candidates come in files."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "candidate_imports",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("headings", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("known", sa.String(8), nullable=False, server_default="leave"),
        sa.Column("state", sa.String(8), nullable=False, server_default="checked"),
        sa.Column("changed_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        _of_organisation("candidate_imports"),
        _within("candidate_imports", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_candidate_imports"),
    )
    op.create_table(
        "candidate_import_rows",
        _organisation(),
        sa.Column("import_id", Id(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text()),
        sa.Column("sentence", sa.Text()),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("candidate_id", Id()),
        sa.Column("filled", sa.Text(), nullable=False, server_default=""),
        _of_organisation("candidate_import_rows"),
        _within("candidate_import_rows", "import_id", "candidate_imports"),
        sa.PrimaryKeyConstraint("organisation_id", "import_id", "line", name="pk_candidate_import_rows"),
    )
    op.create_index(
        "ix_candidate_import_rows_organisation_id_import_id_outcome_line",
        "candidate_import_rows",
        ["organisation_id", "import_id", "outcome", "line"],
    )


def _organisation() -> sa.Column[int]:
    return sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=f"fk_{table}_organisation_id")


def _within(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{other}.organisation_id", f"{other}.id"],
        name=f"fk_{table}_organisation_id_{column}",
    )
