"""Notes beside a thread."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("author_id", Id()),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("act", sa.String(12)),
        sa.Column("subject", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False, server_default=""),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_notes_organisation_id"),
        _within("conversations", "conversation_id"),
        _within("users", "author_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_notes"),
    )
    op.create_index(
        "ix_notes_organisation_id_conversation_id_at_id", "notes", ["organisation_id", "conversation_id", "at", "id"]
    )


def _within(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{table}.organisation_id", f"{table}.id"],
        name=f"fk_notes_organisation_id_{column}",
    )
