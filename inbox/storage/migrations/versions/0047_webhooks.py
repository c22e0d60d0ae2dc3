"""Outgoing webhooks: endpoints, how far the log was read for them, and what each was told."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("events", sa.Column("assigned", sa.Boolean()))
    op.create_table(
        "webhook_endpoints",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary()),
        sa.Column("old_secret_until", Utc()),
        sa.Column("off_at", Utc()),
        sa.Column("off_why", sa.String(12), nullable=False, server_default=""),
        sa.Column("failing_since", Utc()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("webhook_endpoints"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_webhook_endpoints"),
    )
    op.create_table(
        "webhook_cursors",
        organisation(),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        of_organisation("webhook_cursors"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_webhook_cursors"),
    )
    _create_deliveries()


def _create_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("endpoint_id", Id(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("told", sa.String(80), nullable=False),
        sa.Column("conversation_id", Id()),
        sa.Column("message_id", Id()),
        sa.Column("facts", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("state", sa.String(12), nullable=False, server_default="waiting"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("millis", sa.Integer()),
        sa.Column("trouble", sa.String(12)),
        sa.Column("tried_at", Utc()),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("webhook_deliveries"),
        within("webhook_deliveries", "endpoint_id", "webhook_endpoints"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("organisation_id", "endpoint_id", "told", name="uq_webhook_deliveries_told"),
    )
    op.create_index(
        "ix_webhook_deliveries_organisation_id_endpoint_id_id",
        "webhook_deliveries",
        ["organisation_id", "endpoint_id", "id"],
    )
    op.create_index("ix_webhook_deliveries_at", "webhook_deliveries", ["at"])
    op.create_index(
        "ix_webhook_deliveries_failed",
        "webhook_deliveries",
        ["organisation_id", "endpoint_id", "id"],
        postgresql_where=sa.text("state = 'failed'"),
        sqlite_where=sa.text("state = 'failed'"),
    )
