"""Workflows begin in more ways, wait for replies, and keep what each step did; jobs may be closed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0040"
down_revision = "0039"

EVERY = "reply person opt_out rejected"


def upgrade() -> None:
    words: dict[str, Any] = {"nullable": False, "server_default": ""}
    op.add_column("workflows", sa.Column("trigger_value", sa.Text(), **words))
    for name in ("once_per_application", "live_only"):
        op.add_column("workflows", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in ("workflows", "workflow_executions"):
        op.add_column(table, sa.Column("asides", sa.Text(), nullable=False, server_default=EVERY))
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.execute("UPDATE workflows SET asides = 'opt_out' WHERE NOT steps_aside")
    op.drop_column("workflows", "steps_aside")
    op.execute(
        "UPDATE workflow_executions SET asides = (SELECT asides FROM workflows"
        " WHERE workflows.organisation_id = workflow_executions.organisation_id"
        " AND workflows.id = workflow_executions.workflow_id)"
    )
    for name, size in (("cause", 10), ("outcome", 8)):
        op.add_column("workflow_executions", sa.Column(name, sa.String(size), **words))
    op.add_column("workflow_executions", sa.Column("job", sa.Text(), **words))
    op.add_column("workflow_executions", sa.Column("heard_at", Utc()))
    is_open = sa.text("state IN ('running', 'waiting')")
    op.create_index(
        "ix_workflow_executions_open",
        "workflow_executions",
        ["organisation_id", "candidate_id"],
        postgresql_where=is_open,
        sqlite_where=is_open,
    )
    op.add_column("workflow_triggers", sa.Column("kind", sa.String(8), nullable=False, server_default="label"))
    op.add_column("workflow_triggers", sa.Column("value", sa.Text(), **words))
    op.execute("UPDATE workflow_triggers SET value = CAST(label_id AS TEXT)")
    op.drop_column("workflow_triggers", "label_id")
    _add_tables()


def _add_tables() -> None:
    op.create_table(
        "workflow_steps",
        organisation(),
        sa.Column("execution_id", Id(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("workflow_id", Id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message_id", Id()),
        sa.Column("did", sa.String(8), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("workflow_steps"),
        within("workflow_steps", "execution_id", "workflow_executions"),
        sa.PrimaryKeyConstraint("organisation_id", "execution_id", "place", name="pk_workflow_steps"),
    )
    op.create_index(
        "ix_workflow_steps_organisation_id_workflow_id_version_place",
        "workflow_steps",
        ["organisation_id", "workflow_id", "version", "place"],
    )
    op.create_table(
        "closed_jobs",
        organisation(),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("closed_jobs"),
        sa.PrimaryKeyConstraint("organisation_id", "job", name="pk_closed_jobs"),
    )
