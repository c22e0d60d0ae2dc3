"""Campaigns to the people of a file, what would hold them, and where one tests a text."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "campaign_files",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("headings", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("campaign_files"),
        within("campaign_files", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_campaign_files"),
    )
    op.create_table(
        "campaign_file_rows",
        organisation(),
        sa.Column("file_id", Id(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("candidate_id", Id()),
        sa.Column("cells", sa.Text()),
        sa.Column("sentence", sa.Text()),
        of_organisation("campaign_file_rows"),
        within("campaign_file_rows", "file_id", "campaign_files"),
        sa.PrimaryKeyConstraint("organisation_id", "file_id", "line", name="pk_campaign_file_rows"),
    )
    op.create_index(
        "ix_campaign_file_rows_organisation_id_candidate_id", "campaign_file_rows", ["organisation_id", "candidate_id"]
    )
    op.add_column("campaigns", sa.Column("file_id", Id()))
    op.add_column("campaigns", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("campaigns", sa.Column("gathered_at", Utc()))
    op.add_column("campaign_recipients", sa.Column("forecast", sa.String(8)))
    op.add_column("users", sa.Column("mobile", sa.Text()))
