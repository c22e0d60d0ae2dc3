"""Reports counted by month."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_table(
        "report_months",
        organisation(),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("people", "rates")),
        of_organisation("report_months"),
        within("report_months", "company_id", "companies"),
        sa.PrimaryKeyConstraint("organisation_id", "company_id", "month", name="pk_report_months"),
    )
