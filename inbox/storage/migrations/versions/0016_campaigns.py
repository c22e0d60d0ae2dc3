"""Campaigns, with a row for each recipient."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "campaigns",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("only_consented", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("sender_id", Id(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("send_at", Utc()),
        sa.Column("begun_at", Utc()),
        sa.Column("ended_at", Utc()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("campaigns"),
        within("campaigns", "sender_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_campaigns"),
    )
    op.create_table(
        "campaign_recipients",
        organisation(),
        sa.Column("campaign_id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("message_id", Id(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("segments", sa.Integer(), nullable=False),
        of_organisation("campaign_recipients"),
        within("campaign_recipients", "campaign_id", "campaigns"),
        within("campaign_recipients", "candidate_id", "candidates"),
        sa.PrimaryKeyConstraint("organisation_id", "campaign_id", "candidate_id", name="pk_campaign_recipients"),
    )
    for name, *columns in (
        ("by_state", "campaign_id", "state", "candidate_id"),
        ("organisation_id_message_id", "message_id"),
        ("organisation_id_candidate_id", "candidate_id"),
    ):
        op.create_index(f"ix_campaign_recipients_{name}", "campaign_recipients", ["organisation_id", *columns])
