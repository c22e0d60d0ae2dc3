"""Whether somebody sees only the conversations that were given to them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("users", sa.Column("own_only", sa.Boolean(), nullable=False, server_default=sa.false()))
