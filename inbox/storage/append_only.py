"""Tables whose rows are only ever added: the database itself refuses to change, remove or truncate them."""

from sqlalchemy import DDL, Table, event

# The error that PostgreSQL has for what somebody may not do (insufficient_privilege). By the statement, so that one
# which would touch no row, or empties the table, is refused as well.
_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
    RAISE EXCEPTION 'permission denied: rows of % are only added', TG_TABLE_NAME USING ERRCODE = '42501';
END$$
"""


def postgresql(table: str) -> list[str]:
    """What has the table only grow on PostgreSQL."""
    trigger = f"CREATE TRIGGER {table}_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    return [_REFUSE, f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"]


def sqlite(table: str) -> list[str]:
    """What has the table only grow on SQLite."""
    refuse = f"SELECT RAISE(ABORT, 'permission denied: rows of {table} are only added');"
    return [
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} BEGIN {refuse} END",
        f"CREATE TRIGGER {table}_remains BEFORE DELETE ON {table} BEGIN {refuse} END",
    ]


def create_with(table: Table) -> None:
    """Have it so right after the table was created."""
    for dialect, statements in (("postgresql", postgresql), ("sqlite", sqlite)):
        for statement in statements(table.name):
            # DDL puts values where a percent sign stands.
            ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)
