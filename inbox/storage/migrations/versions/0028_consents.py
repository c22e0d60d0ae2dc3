"""The ledger of consents, and whether one is needed before the first text."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Utc, db_now
from inbox.storage.migrations import keys

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("companies", sa.Column("needs_consent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "consents",
        keys.organisation(),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False, server_default=""),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        keys.of_organisation("consents"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_organisation_id_number_id", "consents", ["organisation_id", "number", "id"])
    op.create_index("ix_consents_log", "consents", ["organisation_id", "id"])
    # What profiles said so far is where the ledger begins.
    op.execute(
        "INSERT INTO consents (organisation_id, number, given, source, words, at) "
        "SELECT n.organisation_id, n.number, TRUE, 'profile', c.consent, c.created_at "
        "FROM candidate_numbers n JOIN candidates c ON c.organisation_id = n.organisation_id AND c.id = n.candidate_id "
        "WHERE c.consent IS NOT NULL"
    )
