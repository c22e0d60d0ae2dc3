"""What a merge of two candidates moved, so that it can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    op.add_column("merged_candidates", sa.Column("moved", sa.Text(), nullable=False, server_default=""))
