"""Which message a row of an imported file became, and quarters of an hour from which a text is gone."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.add_column("history_import_rows", sa.Column("message_id", Id()))
    op.add_column("history_import_rows", sa.Column("name_mark", sa.String(16)))
    op.create_table(
        "report_losses",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        of_organisation("report_losses"),
        within("report_losses", "company_id", "companies"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_report_losses"),
    )
