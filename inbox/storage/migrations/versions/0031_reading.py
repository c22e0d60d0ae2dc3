"""The language, the days and the hours that people read, and those of their organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("organisations", sa.Column("language", sa.String(8), nullable=False, server_default="en"))
    op.add_column("organisations", sa.Column("dates", sa.String(12), nullable=False, server_default="words"))
    op.add_column("organisations", sa.Column("hours", sa.SmallInteger(), nullable=False, server_default="24"))
    for name, kind in (("language", sa.String(8)), ("dates", sa.String(12)), ("hours", sa.SmallInteger())):
        op.add_column("users", sa.Column(name, kind))
