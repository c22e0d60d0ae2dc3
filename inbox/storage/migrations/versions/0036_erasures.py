"""What is removed of candidates, for how long they are kept, and whose texts stay whatever the rules say."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column("candidates", sa.Column("hold", sa.Text()))
    op.add_column("candidates", sa.Column("erased_at", Utc()))
    op.add_column("conversations", sa.Column("erased_at", Utc()))
    op.add_column("messages", sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "erasures",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("cause", sa.String(10), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("erasures"),
        within("erasures", "candidate_id", "candidates"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_erasures"),
        sa.UniqueConstraint("organisation_id", "candidate_id", name="uq_erasures_organisation_id_candidate_id"),
    )
    op.create_table(
        "erased_copies",
        organisation(),
        sa.Column("erasure_id", Id(), nullable=False),
        sa.Column("provider_account_id", Id(), nullable=False),
        sa.Column("provider_message_id", sa.String(64), nullable=False),
        of_organisation("erased_copies"),
        within("erased_copies", "erasure_id", "erasures"),
        within("erased_copies", "provider_account_id", "provider_accounts"),
        sa.PrimaryKeyConstraint("organisation_id", "erasure_id", "provider_message_id", name="pk_erased_copies"),
    )
    op.create_table(
        "kept_stops",
        organisation(),
        sa.Column("company_number_id", Id(), nullable=False),
        sa.Column("number_hash", sa.String(64), nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("presumed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("kept_stops"),
        within("kept_stops", "company_number_id", "company_numbers"),
        sa.PrimaryKeyConstraint("organisation_id", "number_hash", "company_number_id", name="pk_kept_stops"),
    )
    op.create_table(
        "retention_rules",
        organisation(),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        of_organisation("retention_rules"),
        sa.PrimaryKeyConstraint("organisation_id", "country", name="pk_retention_rules"),
    )
