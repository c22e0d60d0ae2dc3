"""Large exports: what was asked for, the pieces of the file, and whom it tells of."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.create_table(
        "exports",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("only_in", sa.Text()),
        sa.Column("state", sa.String(9), nullable=False, server_default="running"),
        sa.Column("place", sa.Text()),
        sa.Column("lines", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("ended_at", Utc()),
        of_organisation("exports"),
        within("exports", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_exports"),
    )
    op.create_index("ix_exports_organisation_id_user_id_id", "exports", ["organisation_id", "user_id", "id"])
    op.create_table(
        "export_pieces",
        organisation(),
        sa.Column("export_id", Id(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        of_organisation("export_pieces"),
        within("export_pieces", "export_id", "exports"),
        sa.PrimaryKeyConstraint("organisation_id", "export_id", "start", name="pk_export_pieces"),
    )
    op.create_table(
        "export_candidates",
        organisation(),
        sa.Column("export_id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        of_organisation("export_candidates"),
        within("export_candidates", "export_id", "exports"),
        within("export_candidates", "candidate_id", "candidates"),
        sa.PrimaryKeyConstraint("organisation_id", "export_id", "candidate_id", name="pk_export_candidates"),
    )
    op.create_index(
        "ix_export_candidates_organisation_id_candidate_id", "export_candidates", ["organisation_id", "candidate_id"]
    )
