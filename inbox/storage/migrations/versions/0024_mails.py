"""Mails, links to choose a password by, and who wants what by mail."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "mails",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("paragraphs", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("link_words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, server_default="queued"),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("sent_at", Utc()),
        of_organisation("mails"),
        within("mails", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_mails"),
    )
    op.create_index("ix_mails_at", "mails", ["at"])
    op.create_table(
        "password_links",
        organisation(),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        of_organisation("password_links"),
        within("password_links", "user_id", "users"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_password_links"),
    )
    op.create_index("ix_password_links_organisation_id_user_id", "password_links", ["organisation_id", "user_id"])
    op.add_column("users", sa.Column("invited_at", Utc()))
    op.add_column("users", sa.Column("mails", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("segment_balances", sa.Column("warned_percent", sa.SmallInteger()))
