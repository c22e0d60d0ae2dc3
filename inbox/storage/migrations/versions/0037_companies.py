"""Several companies in one organisation: who works in which, and each with lists and a log of its own."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0037"
down_revision = "0036"

NEWEST = ("last_message_at", "id")
LISTS: dict[str, str] = {
    "shared": "closed_at IS NULL",
    "unread": "unread > 0 AND closed_at IS NULL",
    "failed": "failed > 0 AND closed_at IS NULL",
    "unread_failed": "unread > 0 AND closed_at IS NULL AND failed > 0",
    "closed": "closed_at IS NOT NULL",
    "closed_failed": "failed > 0 AND closed_at IS NOT NULL",
    "closed_unread": "unread > 0 AND closed_at IS NOT NULL",
    "snoozed": "snoozed_until IS NOT NULL",
    "unassigned": "assignee_id IS NULL AND closed_at IS NULL",
    "waiting": "waiting_since IS NOT NULL",
    "mine": "closed_at IS NULL",
    "mine_unread": "unread > 0 AND closed_at IS NULL",
    "mine_failed": "failed > 0 AND closed_at IS NULL",
    "mine_closed": "closed_at IS NOT NULL",
    "mine_snoozed": "snoozed_until IS NOT NULL",
    "mine_waiting": "waiting_since IS NOT NULL",
}
FAILED = "direction = 'out' AND status IN ('unconfirmed', 'undelivered', 'failed', 'canceled')"


def upgrade() -> None:
    op.create_table(
        "company_members",
        organisation(),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("company_id", Id(), nullable=False),
        of_organisation("company_members"),
        within("company_members", "user_id", "users"),
        within("company_members", "company_id", "companies"),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", "company_id", name="pk_company_members"),
    )
    op.add_column("users", sa.Column("every_company", sa.Boolean(), nullable=False, server_default=sa.true()))
    for table in ("sessions", "messages", "campaigns", "workflows"):
        op.add_column(table, sa.Column("company_id", Id()))
    op.execute(
        "UPDATE messages SET company_id = (SELECT company_id FROM conversations"
        " WHERE conversations.organisation_id = messages.organisation_id"
        " AND conversations.id = messages.conversation_id)"
    )
    for table in ("campaigns", "workflows"):
        op.execute(
            f"UPDATE {table} SET company_id = (SELECT id FROM companies"  # noqa: S608 - names from above # nosec B608
            f" WHERE companies.organisation_id = {table}.organisation_id ORDER BY created_at, id LIMIT 1)"
        )
    longest = ("waiting_since", sa.text("id DESC"))
    for name, when in LISTS.items():
        whose = ("assignee_id", "company_id") if name.startswith("mine") else ("company_id",)
        order = longest if name.endswith("waiting") else NEWEST
        _instead("conversations", f"ix_conversations_{name}", (*whose, *order), when)
    _instead("messages", "ix_messages_log", ("company_id", "at", "id"), None)
    _instead("messages", "ix_messages_failed", ("company_id", "at", "id"), FAILED)
    _instead("messages", "ix_messages_automatic", ("company_id", "source", "at", "id"), "source <> 'person'")


def _instead(table: str, name: str, columns: Sequence[Any], when: str | None) -> None:
    """The same index, company by company."""
    op.drop_index(name, table)
    where = sa.text(when) if when else None
    op.create_index(name, table, ["organisation_id", *columns], postgresql_where=where, sqlite_where=where)
