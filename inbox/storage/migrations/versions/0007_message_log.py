"""The message log is read in its order."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

FAILED = "direction = 'out' AND status IN ('unconfirmed', 'undelivered', 'failed', 'canceled')"


def upgrade() -> None:
    op.create_index("ix_messages_log", "messages", ["organisation_id", "at", "id"])
    _partial("ix_messages_failed", ["organisation_id", "at", "id"], FAILED)
    _partial("ix_messages_automatic", ["organisation_id", "source", "at", "id"], "source <> 'person'")


def _partial(name: str, columns: list[str], when: str) -> None:
    op.create_index(name, "messages", columns, postgresql_where=sa.text(when), sqlite_where=sa.text(when))
