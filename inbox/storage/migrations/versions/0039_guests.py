"""Guests, who see one conversation until a day."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("users", sa.Column("guest_of", Id()))
    op.add_column("users", sa.Column("expires_at", Utc()))
