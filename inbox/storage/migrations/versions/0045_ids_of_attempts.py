"""The provider's id of every attempt, so that erasing has each of its copies deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.add_column("message_status_log", sa.Column("provider_message_id", sa.String(64)))
