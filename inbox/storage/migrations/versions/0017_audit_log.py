"""Who did what that matters to an admin."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation

revision = "0017"
down_revision = "0016"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("organisation_id", _SERIAL, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        of_organisation("audit_heads"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_audit_heads"),
    )
    op.create_table(
        "audit_log",
        sa.Column("organisation_id", _SERIAL, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("actor_id", Id(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.String(12), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        of_organisation("audit_log"),
        sa.PrimaryKeyConstraint("organisation_id", "seq", name="pk_audit_log"),
    )
