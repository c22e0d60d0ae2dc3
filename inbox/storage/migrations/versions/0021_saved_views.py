"""Saved views of the inbox."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("owner_id", Id()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("archived_at", Utc()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_saved_views_organisation_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "owner_id"],
            ["users.organisation_id", "users.id"],
            name="fk_saved_views_organisation_id_owner_id",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_saved_views"),
    )
    op.create_index(
        "ix_saved_views_organisation_id_sort_name_id", "saved_views", ["organisation_id", "sort_name", "id"]
    )
