"""When a company works."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

DEFAULT = "09:00-17:00,09:00-17:00,09:00-17:00,09:00-17:00,09:00-17:00,,"


def upgrade() -> None:
    op.add_column("companies", sa.Column("working_hours", sa.Text(), nullable=False, server_default=DEFAULT))
