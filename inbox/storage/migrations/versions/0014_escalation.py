"""What follows when a candidate waits too long."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Utc

revision = "0014"
down_revision = "0013"

NOT_OVERDUE = "waiting_since IS NOT NULL AND overdue_at IS NULL"


def upgrade() -> None:
    op.add_column("companies", sa.Column("escalates_to", sa.String(8)))
    op.add_column("companies", sa.Column("escalates_after", sa.Integer()))
    op.add_column("companies", sa.Column("escalates_from", Utc()))
    op.add_column("conversations", sa.Column("overdue_at", Utc()))
    op.create_index(
        "ix_conversations_not_overdue",
        "conversations",
        ["organisation_id", "company_id", "waiting_since"],
        postgresql_where=sa.text(NOT_OVERDUE),
        sqlite_where=sa.text(NOT_OVERDUE),
    )
