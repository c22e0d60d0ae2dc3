"""Numbers that take no texts."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Utc, db_now
from inbox.storage.migrations import keys

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "dead_numbers",
        keys.organisation(),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(8), nullable=False),
        sa.Column("code", sa.Integer()),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        keys.of_organisation("dead_numbers"),
        sa.PrimaryKeyConstraint("organisation_id", "number", name="pk_dead_numbers"),
    )
