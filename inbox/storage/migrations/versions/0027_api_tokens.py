"""API tokens, connected companions, what writes were answered with, and pages about candidates."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("expires_at", Utc()),
        sa.Column("last_used_at", Utc()),
        sa.Column("revoked_at", Utc()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("api_tokens"),
        within("api_tokens", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_api_tokens"),
        sa.UniqueConstraint("hash", name="uq_api_tokens_hash"),
    )
    op.create_index("ix_api_tokens_organisation_id_user_id", "api_tokens", ["organisation_id", "user_id"])
    _create_companions()
    op.create_table(
        "idempotency_keys",
        organisation(),
        sa.Column("caller", Id(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("answer", sa.Text()),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("idempotency_keys"),
        sa.PrimaryKeyConstraint("organisation_id", "caller", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_at", "idempotency_keys", ["at"])
    op.create_table(
        "candidate_links",
        organisation(),
        sa.Column("link", sa.String(300), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("candidate_links"),
        within("candidate_links", "candidate_id", "candidates"),
        sa.PrimaryKeyConstraint("organisation_id", "link", name="pk_candidate_links"),
    )
    op.create_index(
        "ix_candidate_links_organisation_id_candidate_id", "candidate_links", ["organisation_id", "candidate_id"]
    )


def _create_companions() -> None:
    op.create_table(
        "companions",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("access_hash", sa.String(64)),
        sa.Column("access_expires_at", Utc()),
        sa.Column("refresh_hash", sa.String(64)),
        sa.Column("spent_hash", sa.String(64)),
        sa.Column("is_used", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("connected_at", Utc()),
        sa.Column("last_used_at", Utc()),
        sa.Column("revoked_at", Utc()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("companions"),
        within("companions", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_companions"),
        *(
            sa.UniqueConstraint(column, name=f"uq_companions_{column}")
            for column in ("code_hash", "access_hash", "refresh_hash", "spent_hash")
        ),
    )
    op.create_index("ix_companions_organisation_id_user_id", "companions", ["organisation_id", "user_id"])
