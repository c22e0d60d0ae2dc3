"""Single sign-on: the provider of an organisation, its domains and roles, who came by it, and sign-ins under way."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now
from inbox.storage.migrations.keys import of_organisation, organisation, within

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.create_table(
        "sso_connections",
        organisation(),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=False),
        sa.Column("creates_people", sa.Boolean(), nullable=False),
        sa.Column("default_role", sa.Text(), nullable=False),
        sa.Column("trusts_second_factor", sa.Boolean(), nullable=False),
        sa.Column("keeper_id", Id()),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("sso_connections"),
        within("sso_connections", "keeper_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_sso_connections"),
    )
    op.create_table(
        "sso_domains",
        organisation(),
        sa.Column("domain", sa.Text(), nullable=False),
        of_organisation("sso_domains"),
        sa.PrimaryKeyConstraint("domain", name="pk_sso_domains"),
    )
    op.create_index("ix_sso_domains_organisation_id", "sso_domains", ["organisation_id"])
    op.create_table(
        "sso_roles",
        organisation(),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("company_ids", sa.Text(), nullable=False),
        of_organisation("sso_roles"),
        sa.PrimaryKeyConstraint("organisation_id", "position", name="pk_sso_roles"),
    )
    op.create_table(
        "sso_identities",
        organisation(),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False, server_default=db_now()),
        of_organisation("sso_identities"),
        within("sso_identities", "user_id", "users"),
        sa.PrimaryKeyConstraint("organisation_id", "issuer", "subject", name="pk_sso_identities"),
    )
    op.create_index("ix_sso_identities_organisation_id_user_id", "sso_identities", ["organisation_id", "user_id"])
    op.create_table(
        "sso_visits",
        organisation(),
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("onward", sa.Text(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        of_organisation("sso_visits"),
        sa.PrimaryKeyConstraint("state_hash", name="pk_sso_visits"),
    )
