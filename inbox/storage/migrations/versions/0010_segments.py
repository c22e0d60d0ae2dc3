"""Segments are counted: a balance for each organisation, and a log of every step."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation

revision = "0010"
down_revision = "0009"

OPENING_SEGMENTS = 1_000
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "segment_balances",
        sa.Column("organisation_id", _SERIAL, nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("topped_to", sa.BigInteger(), nullable=False),
        of_organisation("segment_balances"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_segment_balances"),
    )
    op.create_table(
        "segment_log",
        sa.Column("organisation_id", _SERIAL, nullable=False),
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("message_id", Id()),
        sa.Column("author", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("segment_log"),
        sa.PrimaryKeyConstraint("id", name="pk_segment_log"),
    )
    op.create_index("ix_segment_log_organisation_id_at_id", "segment_log", ["organisation_id", "at", "id"])
    rare = sa.text("kind NOT IN ('sent', 'received')")
    op.create_index(
        "ix_segment_log_other",
        "segment_log",
        ["organisation_id", "kind", "at", "id"],
        postgresql_where=rare,
        sqlite_where=rare,
    )
    for table, columns in (
        ("segment_balances", "organisation_id, balance, topped_to"),
        ("segment_log", "organisation_id, segments, balance, kind"),
    ):
        kind = ", 'opening'" if table == "segment_log" else ""
        opening = f"SELECT id, {OPENING_SEGMENTS}, {OPENING_SEGMENTS}{kind} FROM organisations"  # noqa: S608 - ours
        op.execute(f"INSERT INTO {table} ({columns}) {opening}")
