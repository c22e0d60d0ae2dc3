"""The thread in other systems' pages: where it may stand, what signs its tokens, and who has it open."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.create_table(
        "embed_origins",
        organisation(),
        sa.Column("origin", sa.String(300), nullable=False),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("embed_origins"),
        sa.PrimaryKeyConstraint("organisation_id", "origin", name="pk_embed_origins"),
    )
    op.create_table(
        "embed_keys",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_used_at", Utc()),
        sa.Column("revoked_at", Utc()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("embed_keys"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_embed_keys"),
        sa.UniqueConstraint("id", name="uq_embed_keys_id"),
    )
    op.create_table(
        "embed_sessions",
        organisation(),
        sa.Column("id_hash", sa.String(64), nullable=False),
        sa.Column("key_id", Id(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=False),
        sa.Column("company_id", Id()),
        sa.Column("conversation_id", Id()),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("embed_sessions"),
        within("embed_sessions", "key_id", "embed_keys"),
        within("embed_sessions", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "id_hash", name="pk_embed_sessions"),
        sa.UniqueConstraint("id_hash", name="uq_embed_sessions_id_hash"),
        sa.UniqueConstraint("organisation_id", "key_id", "token_hash", name="uq_embed_sessions_token"),
    )
    op.create_index("ix_embed_sessions_expires_at", "embed_sessions", ["expires_at"])
    op.create_index(
        "ix_embed_sessions_organisation_id_candidate_id", "embed_sessions", ["organisation_id", "candidate_id"]
    )
