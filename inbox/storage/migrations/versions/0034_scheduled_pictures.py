"""Which scheduled text a picture waits with."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("message_media", sa.Column("scheduled_text_id", Id()))
