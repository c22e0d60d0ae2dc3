"""Notifications, and events that are for one user."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("events", sa.Column("user_id", Id()))
    op.create_table(
        "notifications",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("conversation_id", Id()),
        sa.Column("message_id", Id()),
        sa.Column("actor_id", Id()),
        sa.Column("number", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("words", sa.Text(), nullable=False, server_default=""),
        sa.Column("address", sa.Text(), nullable=False, server_default=""),
        sa.Column("read_at", Utc()),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_notifications_organisation_id"),
        _within("conversations", "conversation_id"),
        _within("users", "user_id"),
        _within("users", "actor_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_notifications"),
    )
    op.create_index(
        "ix_notifications_organisation_id_user_id_at_id", "notifications", ["organisation_id", "user_id", "at", "id"]
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["organisation_id", "user_id", "at", "id"],
        postgresql_where=sa.text("read_at IS NULL"),
        sqlite_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_notifications_at", "notifications", ["at"])


def _within(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{table}.organisation_id", f"{table}.id"],
        name=f"fk_notifications_organisation_id_{column}",
    )
