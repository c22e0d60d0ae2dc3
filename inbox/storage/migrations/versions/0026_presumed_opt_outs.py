"""Opt-outs in other words, and how far an opt-out reaches."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("organisations", sa.Column("opt_out_scope", sa.String(12), nullable=False, server_default="company"))
    op.add_column("opt_outs", sa.Column("presumed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(
        "conversations", sa.Column("opt_out_presumed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_opt_outs_presumed",
        "opt_outs",
        ["organisation_id", "at"],
        postgresql_where=sa.text("presumed"),
        sqlite_where=sa.text("presumed"),
    )
