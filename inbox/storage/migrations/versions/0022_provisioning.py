"""The documents that countries ask for."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Utc, db_now

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "provisioning_items",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("item", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False, server_default=db_now()),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_provisioning_items_organisation_id"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "country", "item", name="pk_provisioning_items"),
    )
