"""Where the ids of candidates lead who were merged into another one."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "merged_candidates",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("merged_candidates"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_merged_candidates"),
        within("merged_candidates", "candidate_id", "candidates"),
        within("merged_candidates", "user_id", "users"),
    )
    op.create_index(
        "ix_merged_candidates_organisation_id_candidate_id", "merged_candidates", ["organisation_id", "candidate_id"]
    )
