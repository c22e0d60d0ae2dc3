"""Earlier words of message templates, the company that they are for, and the texts that were written with them."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "message_template_versions",
        organisation(),
        sa.Column("template_id", Id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_by_id", Id()),
        sa.Column("saved_at", Utc(), nullable=False),
        of_organisation("message_template_versions"),
        within("message_template_versions", "template_id", "message_templates"),
        within("message_template_versions", "saved_by_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "template_id", "version", name="pk_message_template_versions"),
    )
    op.add_column("message_templates", sa.Column("company_id", Id()))
    for table in ("messages", "scheduled_texts", "campaigns"):
        op.add_column(table, sa.Column("template_id", Id()))
    op.create_index(
        "ix_messages_by_template",
        "messages",
        ["organisation_id", "template_id", "company_id", "at", "id"],
        postgresql_where=sa.text("template_id IS NOT NULL"),
        sqlite_where=sa.text("template_id IS NOT NULL"),
    )
