"""Row level security on PostgreSQL: a statement of one organisation reaches no row of another, whatever it says.

Each connection says whose statements follow (`postgresql.py` has it say so): an organisation's number, or everybody's.
One that has said nothing sees no row. The owner of the tables is bound as well, an administrator is not.
"""

from sqlalchemy import Connection, text

from inbox.storage.database import Database

SETTING = "app.organisation_id"
EVERYWHERE = "*"

# Subselects, so that they are evaluated once a statement and not for each row; the second one only when it must be.
_SAID = f"current_setting('{SETTING}', true)"
_OF_ONE = f"organisation_id = (SELECT nullif(nullif({_SAID}, ''), '{EVERYWHERE}')::bigint)"
_CONDITION = f"((SELECT {_SAID} = '{EVERYWHERE}') OR {_OF_ONE})"

SEARCHED = ("search_documents", "candidate_documents")
"""Whose indexes PostgreSQL would not use below a condition of ours, as their operator may tell of a row by an error.

So they can be read by whoever may read the table; a page shows none of them but by a row of another one.
"""

_UNCOVERED = """
SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'organisation_id'
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)
ORDER BY relname
"""


def cover(connection: Connection) -> None:
    """Put every table that has an organisation under it; those that are stay as they are."""
    for (table,) in connection.execute(text(_UNCOVERED)).all():
        for policy in _policies(table):
            connection.exec_driver_sql(policy)
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


async def binds(database: Database) -> bool:
    """Whether the program's user is held to it."""
    free = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    return not await database.fetch_val(free)


def _policies(table: str) -> list[str]:
    begin = f"CREATE POLICY of_organisation ON {table}"
    if table not in SEARCHED:
        return [f"{begin} USING {_CONDITION}"]
    return [
        f"{begin} FOR SELECT USING (true)",
        f"CREATE POLICY added_by_organisation ON {table} FOR INSERT WITH CHECK {_CONDITION}",
        f"CREATE POLICY changed_by_organisation ON {table} FOR UPDATE USING {_CONDITION}",
        f"CREATE POLICY removed_by_organisation ON {table} FOR DELETE USING {_CONDITION}",
    ]
