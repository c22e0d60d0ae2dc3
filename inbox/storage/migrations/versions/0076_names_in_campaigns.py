"""Reasons beside candidates who were removed, and places of campaigns, keep no name."""

from alembic import op

revision = "0076"
down_revision = "0064"


def upgrade() -> None:
    op.execute(
        "UPDATE campaign_recipients SET reason = 'This candidate was removed.'"
        " WHERE state <> 'skipped' AND reason IS NOT NULL AND EXISTS (SELECT 1 FROM candidates c"
        " WHERE c.organisation_id = campaign_recipients.organisation_id"
        " AND c.id = campaign_recipients.candidate_id AND c.erased_at IS NOT NULL)"
    )
    op.execute("UPDATE campaigns SET place = NULL WHERE state <> 'gathering'")
    op.execute("UPDATE label_changes SET place = NULL WHERE state <> 'running'")
