"""The audit log is asked for by days."""

from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    op.create_index("ix_audit_log_organisation_id_at", "audit_log", ["organisation_id", "at"])
