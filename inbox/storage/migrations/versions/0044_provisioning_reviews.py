"""What was sent to the provider for a country, and the files that prove it."""

import sqlalchemy as sa
from alembic import op

from inbox.storage.columns import Id, Utc, db_now

revision = "0044"
down_revision = "0043"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "provisioning_documents",
        sa.Column("organisation_id", _NUMBER, nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("item", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False, server_default=db_now()),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_provisioning_documents_organisation_id"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_provisioning_documents"),
    )
    op.create_index(
        "ix_provisioning_documents_organisation_id_country_item",
        "provisioning_documents",
        ["organisation_id", "country", "item"],
    )
    op.create_table(
        "provisioning_reviews",
        sa.Column("organisation_id", _NUMBER, nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("provider_sid", sa.String(64)),
        sa.Column("service_sid", sa.String(64)),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("asked_by_id", Id(), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False, server_default=db_now()),
        sa.Column("looked_at", Utc()),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_provisioning_reviews_organisation_id"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_by_id"],
            ["users.organisation_id", "users.id"],
            name="fk_provisioning_reviews_organisation_id_asked_by_id",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_provisioning_reviews"),
        sa.UniqueConstraint(
            "organisation_id", "country", "kind", name="uq_provisioning_reviews_organisation_id_country_kind"
        ),
    )
