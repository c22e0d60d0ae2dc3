"""Workflows, and how far each candidate has come in them."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "workflows",
        _organisation(),
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
        _of_organisation("workflows"),
        _within("workflows", "sender_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_workflows"),
    )
    op.create_table(
        "workflow_executions",
        _organisation(),
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
        _of_organisation("workflow_executions"),
        _within("workflow_executions", "workflow_id", "workflows"),
        _within("workflow_executions", "candidate_id", "candidates"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_workflow_executions"),
    )
    op.create_table(
        "workflow_triggers",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("label_id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        _of_organisation("workflow_triggers"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_workflow_triggers"),
    )
    op.create_index("ix_workflows_organisation_id_label_id", "workflows", ["organisation_id", "label_id"])
    for column in ("workflow_id", "candidate_id"):
        name = f"ix_workflow_executions_organisation_id_{column}_id"
        op.create_index(name, "workflow_executions", ["organisation_id", column, "id"])


def _organisation() -> sa.Column[int]:
    return sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=f"fk_{table}_organisation_id")


def _within(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{other}.organisation_id", f"{other}.id"],
        name=f"fk_{table}_organisation_id_{column}",
    )
