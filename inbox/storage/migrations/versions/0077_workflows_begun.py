"""Who came into workflows in some days is found by an index."""

from alembic import op

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    op.create_index("ix_workflow_executions_begun", "workflow_executions", ["organisation_id", "begun_at"])
