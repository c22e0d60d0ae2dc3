"""Candidates come in files."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "candidate_imports",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("headings", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("known", sa.String(8), nullable=False, server_default="leave"),
        sa.Column("state", sa.String(8), nullable=False, server_default="checked"),
        sa.Column("changed_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("candidate_imports"),
        within("candidate_imports", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_candidate_imports"),
    )
    op.create_table(
        "candidate_import_rows",
        organisation(),
        sa.Column("import_id", Id(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text()),
        sa.Column("sentence", sa.Text()),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("candidate_id", Id()),
        sa.Column("filled", sa.Text(), nullable=False, server_default=""),
        of_organisation("candidate_import_rows"),
        within("candidate_import_rows", "import_id", "candidate_imports"),
        sa.PrimaryKeyConstraint("organisation_id", "import_id", "line", name="pk_candidate_import_rows"),
    )
    op.create_index(
        "ix_candidate_import_rows_organisation_id_import_id_outcome_line",
        "candidate_import_rows",
        ["organisation_id", "import_id", "outcome", "line"],
    )
