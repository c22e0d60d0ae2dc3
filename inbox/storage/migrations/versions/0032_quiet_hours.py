"""Quiet hours, a cap on texts a day, what is held by them, and why somebody sent all the same."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Utc

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("companies", sa.Column("texting_hours", sa.String(16)))
    op.add_column("companies", sa.Column("daily_cap", sa.Integer()))
    op.add_column("messages", sa.Column("override", sa.Text()))
    op.add_column("campaign_recipients", sa.Column("held_until", Utc()))
    op.add_column("scheduled_texts", sa.Column("held_until", Utc()))
    op.add_column("scheduled_texts", sa.Column("held_for", sa.Text()))
