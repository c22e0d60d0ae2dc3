"""Imports of conversations of before, from the provider's list or a file, and the rows of the files."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.create_table(
        "history_imports",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("kind", sa.String(6), nullable=False),
        sa.Column("company_number_id", Id()),
        sa.Column("since", Utc()),
        sa.Column("until", Utc()),
        sa.Column("way", sa.String(3), nullable=False, server_default="in"),
        sa.Column("reached", Utc()),
        sa.Column("file_name", sa.Text(), nullable=False, server_default=""),
        sa.Column("headings", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("state", sa.String(8), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in ("listed", "stored", "known")),
        sa.Column("refused", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("ended_at", Utc()),
        of_organisation("history_imports"),
        within("history_imports", "user_id", "users"),
        within("history_imports", "company_number_id", "company_numbers"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_history_imports"),
    )
    _create_rows()


def _create_rows() -> None:
    op.create_table(
        "history_import_rows",
        organisation(),
        sa.Column("import_id", Id(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text()),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("company_number_id", Id()),
        sa.Column("number", sa.String(64)),
        sa.Column("at", Utc()),
        of_organisation("history_import_rows"),
        within("history_import_rows", "import_id", "history_imports"),
        sa.PrimaryKeyConstraint("organisation_id", "import_id", "line", name="pk_history_import_rows"),
    )
    op.create_index(
        "ix_history_import_rows_next",
        "history_import_rows",
        ["organisation_id", "import_id", "outcome", "at", "line"],
    )
