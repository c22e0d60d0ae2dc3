"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0001"
down_revision = None

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "login_failures",
        sa.Column("id", _serial, nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        _now("at"),
        sa.PrimaryKeyConstraint("id", name="pk_login_failures"),
    )
    op.create_index("ix_login_failures_subject_at", "login_failures", ["subject", "at"])
    op.create_table(
        "organisations",
        sa.Column("id", _serial, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
    )
    op.create_table(
        "companies",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("claims_on_reply", sa.Boolean(), server_default=sa.true(), nullable=False),
        _now("created_at"),
        _of_organisation("companies"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_companies"),
    )
    op.create_table(
        "event_counters",
        _organisation(),
        sa.Column("epoch", sa.String(8), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        _of_organisation("event_counters"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_event_counters"),
    )
    op.create_table(
        "events",
        _organisation(),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("conversation_id", Id()),
        sa.Column("message_id", Id()),
        sa.Column("actor_id", Id()),
        sa.Column("previous_assignee_id", Id()),
        _now("at"),
        _of_organisation("events"),
        sa.PrimaryKeyConstraint("organisation_id", "seq", name="pk_events"),
    )
    op.create_table(
        "jobs",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", Id(), nullable=False),
        sa.Column("state", sa.String(8), server_default="queued", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", Id()),
        sa.Column("lease_until", Utc()),
        _now("due_at"),
        _now("created_at"),
        _of_organisation("jobs"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("organisation_id", "kind", "subject", name="uq_jobs_organisation_id_kind_subject"),
    )
    op.create_index("ix_jobs_state_due_at", "jobs", ["state", "due_at"])
    op.create_table(
        "provider_accounts",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("provider", sa.Text(), server_default="twilio", nullable=False),
        sa.Column("account_sid", sa.Text(), nullable=False),
        sa.Column("auth_token", sa.LargeBinary(), nullable=False),
        sa.Column("previous_auth_token", sa.LargeBinary()),
        sa.Column("channel_token", sa.String(64), nullable=False),
        sa.Column("synchronize_from", Utc()),
        _now("created_at"),
        _of_organisation("provider_accounts"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_provider_accounts"),
        sa.UniqueConstraint("channel_token", name="uq_provider_accounts_channel_token"),
    )
    op.create_table(
        "users",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text()),
        sa.Column("deactivated_at", Utc()),
        _now("created_at"),
        _of_organisation("users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "candidates",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("stage", sa.Text()),
        sa.Column("job", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("consent", sa.Text()),
        sa.Column("owner_id", Id()),
        sa.Column("sort_name", sa.Text(), nullable=False),
        _now("created_at"),
        _within("candidates", "owner_id", "users"),
        _of_organisation("candidates"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_candidates"),
    )
    op.create_index("ix_candidates_organisation_id_sort_name_id", "candidates", ["organisation_id", "sort_name", "id"])
    op.create_table(
        "company_numbers",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("provider_account_id", Id(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("purpose", sa.String(16), server_default="messaging", nullable=False),
        _now("created_at"),
        _within("company_numbers", "company_id", "companies"),
        _within("company_numbers", "provider_account_id", "provider_accounts"),
        _of_organisation("company_numbers"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_company_numbers"),
        sa.UniqueConstraint("organisation_id", "number", name="uq_company_numbers_organisation_id_number"),
    )
    op.create_table(
        "sessions",
        _organisation(),
        sa.Column("id_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        _now("created_at"),
        _now("last_seen_at"),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
        _within("sessions", "user_id", "users"),
        _of_organisation("sessions"),
        sa.PrimaryKeyConstraint("id_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_organisation_id_user_id", "sessions", ["organisation_id", "user_id"])
    op.create_table(
        "candidate_numbers",
        _organisation(),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        _now("created_at"),
        _within("candidate_numbers", "candidate_id", "candidates"),
        _of_organisation("candidate_numbers"),
        sa.PrimaryKeyConstraint("organisation_id", "number", name="pk_candidate_numbers"),
    )
    op.create_index(
        "ix_candidate_numbers_organisation_id_candidate_id", "candidate_numbers", ["organisation_id", "candidate_id"]
    )
    op.create_table(
        "conversations",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("company_number_id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("candidate_number", sa.String(64), nullable=False),
        sa.Column("assignee_id", Id()),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opted_out_at", Utc()),
        sa.Column("first_message_at", Utc()),
        sa.Column("last_message_at", Utc()),
        sa.Column("last_message_id", Id()),
        sa.Column("last_text", sa.Text(), server_default="", nullable=False),
        sa.Column("last_author", sa.Text()),
        sa.Column("waiting_since", Utc()),
        _now("created_at"),
        _within("conversations", "assignee_id", "users"),
        _within("conversations", "candidate_id", "candidates"),
        _within("conversations", "company_id", "companies"),
        _within("conversations", "company_number_id", "company_numbers"),
        _of_organisation("conversations"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_conversations"),
        sa.UniqueConstraint(
            "organisation_id",
            "company_number_id",
            "candidate_number",
            name="uq_conversations_numbers",
        ),
    )
    op.create_index(
        "ix_conversations_failed", "conversations", ["organisation_id", "last_message_at", "id"], **_where("failed > 0")
    )
    op.create_index(
        "ix_conversations_mine", "conversations", ["organisation_id", "assignee_id", "last_message_at", "id"]
    )
    op.create_index(
        "ix_conversations_mine_unread",
        "conversations",
        ["organisation_id", "assignee_id", "last_message_at", "id"],
        **_where("unread > 0"),
    )
    op.create_index(
        "ix_conversations_organisation_id_candidate_id", "conversations", ["organisation_id", "candidate_id"]
    )
    op.create_index("ix_conversations_shared", "conversations", ["organisation_id", "last_message_at", "id"])
    op.create_index(
        "ix_conversations_unread", "conversations", ["organisation_id", "last_message_at", "id"], **_where("unread > 0")
    )
    op.create_table(
        "opt_outs",
        _organisation(),
        sa.Column("company_number_id", Id(), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        _now("at"),
        _within("opt_outs", "company_number_id", "company_numbers"),
        _of_organisation("opt_outs"),
        sa.PrimaryKeyConstraint("organisation_id", "company_number_id", "number", name="pk_opt_outs"),
    )
    op.create_table(
        "messages",
        _organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("raw_body", sa.LargeBinary()),
        sa.Column("author_id", Id()),
        sa.Column("author", sa.Text()),
        sa.Column("source", sa.String(12), server_default="person", nullable=False),
        sa.Column("event", sa.String(12)),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("error_code", sa.Integer()),
        sa.Column("segments", sa.Integer(), server_default="1", nullable=False),
        sa.Column("media_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("provider_account_id", Id(), nullable=False),
        sa.Column("provider_message_id", sa.String(64)),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", Id()),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        _now("at"),
        sa.Column("sent_at", Utc()),
        sa.Column("delivered_at", Utc()),
        _within("messages", "author_id", "users"),
        _within("messages", "conversation_id", "conversations"),
        _within("messages", "provider_account_id", "provider_accounts"),
        _of_organisation("messages"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_messages"),
        sa.UniqueConstraint(
            "organisation_id",
            "provider_account_id",
            "provider_message_id",
            name="uq_messages_provider_message_id",
        ),
    )
    op.create_index(
        "ix_messages_organisation_id_conversation_id_at_id",
        "messages",
        ["organisation_id", "conversation_id", "at", "id"],
    )
    op.create_table(
        "message_status_log",
        _organisation(),
        sa.Column("id", _serial, nullable=False),
        sa.Column("message_id", Id(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("error_code", sa.Integer(), server_default="0", nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        _now("at"),
        _within("message_status_log", "message_id", "messages"),
        _of_organisation("message_status_log"),
        sa.PrimaryKeyConstraint("id", name="pk_message_status_log"),
    )
    op.create_index(
        "ix_message_status_log_organisation_id_message_id", "message_status_log", ["organisation_id", "message_id"]
    )


def _organisation() -> sa.Column[Any]:
    return sa.Column("organisation_id", _serial, nullable=False)


def _now(name: str) -> sa.Column[Any]:
    return sa.Column(name, Utc(), server_default=db_now(), nullable=False)


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=f"fk_{table}_organisation_id")


def _within(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{other}.organisation_id", f"{other}.id"],
        name=f"fk_{table}_organisation_id_{column}",
    )


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
