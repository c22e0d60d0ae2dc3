"""A second factor beside the password: codes of an app, recovery codes, and sign-ins that wait for one."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0054"
down_revision = "0051"


def upgrade() -> None:
    op.add_column(
        "organisations", sa.Column("needs_second_factor", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("users", sa.Column("second_factor_at", Utc()))
    op.add_column("sessions", sa.Column("is_proven", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "second_factors",
        organisation(),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("second_factors"),
        within("second_factors", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", name="pk_second_factors"),
    )
    op.create_table(
        "recovery_codes",
        organisation(),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        of_organisation("recovery_codes"),
        within("recovery_codes", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", "code_hash", name="pk_recovery_codes"),
    )
    op.create_table(
        "second_steps",
        organisation(),
        sa.Column("cookie_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("onward", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("expires_at", Utc(), nullable=False),
        of_organisation("second_steps"),
        within("second_steps", "user_id", "users"),
        sa.PrimaryKeyConstraint("cookie_hash", name="pk_second_steps"),
    )
    op.create_index("ix_second_steps_organisation_id_user_id", "second_steps", ["organisation_id", "user_id"])
