"""Exports as workbooks."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.add_column("exports", sa.Column("format", sa.String(4), nullable=False, server_default="csv"))
