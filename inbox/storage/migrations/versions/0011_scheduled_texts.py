"""Texts that go out later."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("scheduled", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "scheduled_texts",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("author_id", Id(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("send_at", Utc(), nullable=False),
        sa.Column("regardless", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", Utc()),
        sa.Column("reason", sa.Text()),
        sa.Column("written_at", Utc(), nullable=False, server_default=db_now()),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_scheduled_texts_organisation_id"),
        _within("conversations", "conversation_id"),
        _within("users", "author_id"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_scheduled_texts"),
    )
    for columns in (["conversation_id", "send_at"], ["author_id"]):
        name = "_".join(["ix_scheduled_texts_organisation_id", *columns])
        op.create_index(name, "scheduled_texts", ["organisation_id", *columns])


def _within(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{table}.organisation_id", f"{table}.id"],
        name=f"fk_scheduled_texts_organisation_id_{column}",
    )
