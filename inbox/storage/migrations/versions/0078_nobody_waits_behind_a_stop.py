"""Who opted out waits for nobody: no answer is allowed there."""

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"


def upgrade() -> None:
    conversations = sa.table(
        "conversations",
        sa.column("waiting_since"),
        sa.column("overdue_at"),
        sa.column("opted_out_at"),
        sa.column("opt_out_presumed", sa.Boolean),
    )
    row = conversations.c
    op.execute(
        conversations.update()
        .where(row.waiting_since.is_not(None), row.opted_out_at.is_not(None), row.opt_out_presumed.is_(False))
        .values(waiting_since=None, overdue_at=None)
    )
