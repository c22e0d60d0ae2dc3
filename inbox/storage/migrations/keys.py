"""What every table of an organisation begins with, for migrations: its column and the keys that carry it.

Migrations that have run stay as they are, so these never change; a new way to write keys gets a new name.
"""

import sqlalchemy as sa


def organisation() -> sa.Column[int]:
    """The column that says whose a row is."""
    return sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def of_organisation(table: str) -> sa.ForeignKeyConstraint:
    """The key from `table` to its organisation."""
    return sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=f"fk_{table}_organisation_id")


def within(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    """The key from `column` to a row of `other` in the same organisation."""
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{other}.organisation_id", f"{other}.id"],
        name=f"fk_{table}_organisation_id_{column}",
    )
