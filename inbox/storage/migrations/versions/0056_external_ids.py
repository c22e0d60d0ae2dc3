"""The name by which another system's directory knows a user."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.add_column("users", sa.Column("external_id", sa.Text()))
