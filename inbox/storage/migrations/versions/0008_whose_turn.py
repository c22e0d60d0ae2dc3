"""The conversations that nobody has, and those in which a candidate waits, are read in their order."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    newest = ["organisation_id", "last_message_at", "id"]
    _partial("ix_conversations_unassigned", newest, "assignee_id IS NULL AND closed_at IS NULL")
    longest = ["waiting_since", sa.text("id DESC")]
    _partial("ix_conversations_waiting", ["organisation_id", *longest], "waiting_since IS NOT NULL")
    _partial("ix_conversations_mine_waiting", ["organisation_id", "assignee_id", *longest], "waiting_since IS NOT NULL")


def _partial(name: str, columns: Sequence[Any], when: str) -> None:
    op.create_index(name, "conversations", columns, postgresql_where=sa.text(when), sqlite_where=sa.text(when))
