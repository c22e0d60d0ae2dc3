"""Reports counted by day, and what a text is reported by."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    for name, kind in (("origin_id", Id()), ("job", sa.Text()), ("waited_since", Utc())):
        op.add_column("messages", sa.Column(name, kind))
    op.execute(
        "UPDATE messages SET origin_id = (SELECT campaign_id FROM campaign_recipients r"
        " WHERE r.organisation_id = messages.organisation_id AND r.message_id = messages.id)"
        " WHERE source = 'campaign'"
    )
    _index("messages", "ix_messages_stops", "at", "event = 'opted_out'")
    _index("conversations", "ix_conversations_opted_out", "opted_out_at", "opted_out_at IS NOT NULL")
    op.create_table(
        "report_days",
        organisation(),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("texts", "people", "rates")),
        of_organisation("report_days"),
        within("report_days", "company_id", "companies"),
        sa.PrimaryKeyConstraint("organisation_id", "company_id", "day", "hour", name="pk_report_days"),
    )
    op.create_table(
        "report_cursors",
        organisation(),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        of_organisation("report_cursors"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_report_cursors"),
    )
    op.create_table(
        "report_moves",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        of_organisation("report_moves"),
        within("report_moves", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_report_moves"),
    )


def _index(table: str, name: str, column: str, when: str) -> None:
    columns = ["organisation_id", "company_id", column]
    op.create_index(name, table, columns, postgresql_where=sa.text(when), sqlite_where=sa.text(when))
