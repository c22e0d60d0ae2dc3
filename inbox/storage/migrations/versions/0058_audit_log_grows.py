"""The database refuses to change or remove what the audit log has."""

from alembic import op

from inbox.storage import append_only

revision = "0058"
down_revision = "0056"


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in (append_only.postgresql if is_postgresql else append_only.sqlite)("audit_log"):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%") if is_postgresql else statement)
