"""A number may be that of several candidates; whose a conversation is then, a person says."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0030"
down_revision = "0029"

_KEY = "pk_candidate_numbers"
_COLUMNS = ["organisation_id", "number", "candidate_id"]
_BY_CANDIDATE = "ix_candidate_numbers_organisation_id_candidate_id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("candidate_numbers", _is_first())
        op.drop_constraint(_KEY, "candidate_numbers", type_="primary")
        op.create_primary_key(_KEY, "candidate_numbers", _COLUMNS)
    else:
        _make_anew()
    op.create_index(
        "ix_candidate_numbers_first",
        "candidate_numbers",
        ["organisation_id", "number"],
        unique=True,
        postgresql_where=sa.text("is_first"),
        sqlite_where=sa.text("is_first"),
    )
    op.add_column("conversations", sa.Column("sharers", sa.SmallInteger(), nullable=False, server_default="1"))
    op.add_column("conversations", sa.Column("undecided", sa.Boolean(), nullable=False, server_default=sa.false()))


def _is_first() -> sa.Column[bool]:
    return sa.Column("is_first", sa.Boolean(), nullable=False, server_default=sa.true())


def _make_anew() -> None:
    """SQLite changes no key of a table that is there."""
    op.drop_index(_BY_CANDIDATE, "candidate_numbers")
    op.rename_table("candidate_numbers", "old_candidate_numbers")
    op.create_table(
        "candidate_numbers",
        organisation(),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        _is_first(),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        sa.PrimaryKeyConstraint(*_COLUMNS, name=_KEY),
        within("candidate_numbers", "candidate_id", "candidates"),
        of_organisation("candidate_numbers"),
    )
    op.execute(
        "insert into candidate_numbers (organisation_id, number, candidate_id, created_at)"
        " select organisation_id, number, candidate_id, created_at from old_candidate_numbers"
    )
    op.drop_table("old_candidate_numbers")
    op.create_index(_BY_CANDIDATE, "candidate_numbers", ["organisation_id", "candidate_id"])
