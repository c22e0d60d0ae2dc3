"""The numbers of candidates who were erased, as keyed hashes."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0061"
down_revision = "0058"


def upgrade() -> None:
    op.create_table(
        "erased_numbers",
        organisation(),
        sa.Column("number_hash", sa.String(64), nullable=False),
        sa.Column("erasure_id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("erased_numbers"),
        within("erased_numbers", "erasure_id", "erasures"),
        sa.PrimaryKeyConstraint("organisation_id", "number_hash", name="pk_erased_numbers"),
    )
