"""Message templates."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "message_templates",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("owner_id", Id()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("updated_by_id", Id()),
        sa.Column("archived_at", Utc()),
        sa.Column("updated_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_message_templates_organisation_id"),
        *(_user(column) for column in ("owner_id", "updated_by_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_message_templates"),
    )
    op.create_index(
        "ix_message_templates_organisation_id_sort_name_id",
        "message_templates",
        ["organisation_id", "sort_name", "id"],
    )


def _user(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        ["users.organisation_id", "users.id"],
        name=f"fk_message_templates_organisation_id_{column}",
    )
