"""Numbers of users' own."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("company_numbers", sa.Column("user_id", Id()))
