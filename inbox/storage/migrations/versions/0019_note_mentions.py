"""Colleagues who are called by name in a note."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "note_mentions",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note_id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_note_mentions_organisation_id"),
        _within("notes", "note_id"),
        _within("users", "user_id"),
        sa.PrimaryKeyConstraint("organisation_id", "note_id", "user_id", name="pk_note_mentions"),
    )


def _within(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{table}.organisation_id", f"{table}.id"],
        name=f"fk_note_mentions_organisation_id_{column}",
    )
