"""Pictures and files of messages."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "message_media",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("message_id", Id()),
        sa.Column("author_id", Id()),
        sa.Column("position", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("url", sa.Text()),
        sa.Column("declared_type", sa.Text(), nullable=False, server_default=""),
        sa.Column("state", sa.String(8), nullable=False, server_default="waiting"),
        sa.Column("reason", sa.String(12)),
        sa.Column("content_type", sa.String(40)),
        sa.Column("size", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_message_media_organisation_id"),
        _within("message_media", "conversations", "conversation_id"),
        _within("message_media", "messages", "message_id"),
        _within("message_media", "users", "author_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_message_media"),
        sa.UniqueConstraint(
            "organisation_id",
            "message_id",
            "position",
            name="uq_message_media_organisation_id_message_id_position",
        ),
    )
    op.create_index(
        "ix_message_media_organisation_id_conversation_id", "message_media", ["organisation_id", "conversation_id"]
    )
    unsent = sa.text("message_id IS NULL")
    op.create_index(
        "ix_message_media_unsent", "message_media", ["created_at"], postgresql_where=unsent, sqlite_where=unsent
    )
    op.create_table(
        "media_contents",
        _organisation(),
        sa.Column("media_id", Id(), nullable=False),
        sa.Column("form", sa.String(9), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_media_contents_organisation_id"),
        _within("media_contents", "message_media", "media_id"),
        sa.PrimaryKeyConstraint("organisation_id", "media_id", "form", name="pk_media_contents"),
    )


def _organisation() -> sa.Column[int]:
    return sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _within(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{other}.organisation_id", f"{other}.id"],
        name=f"fk_{table}_organisation_id_{column}",
    )
