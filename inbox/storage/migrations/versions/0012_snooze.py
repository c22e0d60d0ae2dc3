"""Snoozed conversations, which stand in lists of their own."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Utc

revision = "0012"
down_revision = "0011"

SNOOZED = "snoozed_until IS NOT NULL"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("snoozed_until", Utc()))
    for name, columns in (("snoozed", []), ("mine_snoozed", ["assignee_id"])):
        op.create_index(
            f"ix_conversations_{name}",
            "conversations",
            ["organisation_id", *columns, "last_message_at", "id"],
            postgresql_where=sa.text(SNOOZED),
            sqlite_where=sa.text(SNOOZED),
        )
