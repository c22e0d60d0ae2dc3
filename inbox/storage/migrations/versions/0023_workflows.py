"""Workflows, and how far each candidate has come in them."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "workflows",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sender_id", Id(), nullable=False),
        sa.Column("trigger", sa.String(8), nullable=False),
        sa.Column("label_id", Id()),
        sa.Column("gap_minutes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("steps_aside", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, server_default="active"),
        sa.Column("changed_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("workflows"),
        within("workflows", "sender_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_workflows"),
    )
    op.create_table(
        "workflow_executions",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("workflow_id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("state", sa.String(8), nullable=False, server_default="running"),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("due_at", Utc()),
        sa.Column("begun_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("ended_at", Utc()),
        of_organisation("workflow_executions"),
        within("workflow_executions", "workflow_id", "workflows"),
        within("workflow_executions", "candidate_id", "candidates"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_workflow_executions"),
    )
    op.create_table(
        "workflow_triggers",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("label_id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("workflow_triggers"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_workflow_triggers"),
    )
    op.create_index("ix_workflows_organisation_id_label_id", "workflows", ["organisation_id", "label_id"])
    for column in ("workflow_id", "candidate_id"):
        name = f"ix_workflow_executions_organisation_id_{column}_id"
        op.create_index(name, "workflow_executions", ["organisation_id", column, "id"])
