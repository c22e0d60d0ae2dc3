"""The chatbot's intents with their scripts and keywords, and its dialogues."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("with_chatbot", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "chatbot_intents",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("job", sa.Text(), nullable=False, server_default=""),
        sa.Column("tag", sa.Text(), nullable=False, server_default=""),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("tells", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("state", sa.String(8), nullable=False, server_default="active"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("changed_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("chatbot_intents"),
        within("chatbot_intents", "company_id", "companies"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_chatbot_intents"),
    )
    op.create_table(
        "chatbot_versions",
        organisation(),
        sa.Column("intent_id", Id(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("chatbot_versions"),
        within("chatbot_versions", "intent_id", "chatbot_intents"),
        sa.PrimaryKeyConstraint("organisation_id", "intent_id", "version", name="pk_chatbot_versions"),
    )
    op.create_table(
        "chatbot_keywords",
        organisation(),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("keyword", sa.String(40), nullable=False),
        sa.Column("intent_id", Id(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        of_organisation("chatbot_keywords"),
        within("chatbot_keywords", "company_id", "companies"),
        within("chatbot_keywords", "intent_id", "chatbot_intents"),
        sa.PrimaryKeyConstraint("organisation_id", "company_id", "keyword", name="pk_chatbot_keywords"),
    )
    op.create_table(
        "chatbot_sessions",
        organisation(),
        sa.Column("id", Id(), nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("intent_id", Id()),
        sa.Column("version", sa.Integer()),
        sa.Column("state", sa.String(8), nullable=False, server_default="open"),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("dialogue", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("heard_seq", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("begun_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("ended_at", Utc()),
        of_organisation("chatbot_sessions"),
        within("chatbot_sessions", "conversation_id", "conversations"),
        within("chatbot_sessions", "intent_id", "chatbot_intents"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_chatbot_sessions"),
    )
    for table, columns in (
        ("chatbot_keywords", ["intent_id"]),
        ("chatbot_sessions", ["conversation_id", "id"]),
        ("chatbot_sessions", ["intent_id", "id"]),
        ("chatbot_sessions", ["begun_at"]),
    ):
        op.create_index(f"ix_{table}_organisation_id_{'_'.join(columns)}", table, ["organisation_id", *columns])
