"""Texts in their order and at their rate, what the provider's list brought, and who was first."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0002"
down_revision = "0001"

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _add(
        "provider_accounts",
        sa.Column("synchronized_to", Utc()),
        sa.Column("asked_reason", sa.String(12)),
        sa.Column("swept_at", Utc()),
    )
    _add(
        "company_numbers",
        sa.Column("segments_per_second", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("busy_until", Utc()),
    )
    _add(
        "conversations",
        _count("version"),
        sa.Column("closed_at", Utc()),
        sa.Column("closed_by_id", Id()),
        _count("unconfirmed"),
    )
    _list_open_and_closed()
    _add(
        "messages",
        sa.Column("since_attempt", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("queued_at", Utc()),
        sa.Column("claimed_at", Utc()),
        sa.Column("send_after", Utc()),
        sa.Column("requeued", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("checked_at", Utc()),
        sa.Column("recovered_at", Utc()),
    )
    _add(
        "jobs",
        sa.Column("queue", Id()),
        sa.Column("place", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index("ix_jobs_organisation_id_queue_place", "jobs", ["organisation_id", "queue", "place"])
    unsettled = sa.text("direction = 'out' AND status IN ('accepted', 'sending', 'sent')")
    op.create_index(
        "ix_messages_unsettled",
        "messages",
        ["organisation_id", "provider_account_id", "claimed_at"],
        postgresql_where=unsettled,
        sqlite_where=unsettled,
    )
    _create_synchronizations()


def _list_open_and_closed() -> None:
    """The lists show what is open: years of closed conversations must not lie in their indexes."""
    lists = {
        "shared": "closed_at IS NULL",
        "mine": "closed_at IS NULL",
        "unread": "unread > 0 AND closed_at IS NULL",
        "mine_unread": "unread > 0 AND closed_at IS NULL",
        "failed": "failed > 0 AND closed_at IS NULL",
    }
    for name in lists:
        op.drop_index(f"ix_conversations_{name}", "conversations")
    lists |= {"closed": "closed_at IS NOT NULL", "mine_closed": "closed_at IS NOT NULL"}
    for name, when in lists.items():
        whose = ["assignee_id"] if name.startswith("mine") else []
        columns = ["organisation_id", *whose, "last_message_at", "id"]
        where = sa.text(when)
        op.create_index(
            f"ix_conversations_{name}", "conversations", columns, postgresql_where=where, sqlite_where=where
        )


def _create_synchronizations() -> None:
    op.create_table(
        "synchronizations",
        sa.Column("organisation_id", _serial, nullable=False),
        sa.Column("id", _serial, nullable=False),
        sa.Column("provider_account_id", Id(), nullable=False),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("started_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("finished_at", Utc()),
        _count("listed"),
        _count("texts"),
        _count("statuses"),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_synchronizations_organisation_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "provider_account_id"],
            ["provider_accounts.organisation_id", "provider_accounts.id"],
            name="fk_synchronizations_organisation_id_provider_account_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_synchronizations"),
    )
    op.create_index(
        "ix_synchronizations_organisation_id_provider_account_id_id",
        "synchronizations",
        ["organisation_id", "provider_account_id", "id"],
    )


def _add(table: str, *columns: sa.Column[object]) -> None:
    for column in columns:
        op.add_column(table, column)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")
