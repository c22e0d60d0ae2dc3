"""What the program may do in a PostgreSQL database that somebody else owns: its rows, never its tables."""

from psycopg import sql
from sqlalchemy import Connection, make_url, text

from inbox.storage.schema import connected

_ADDED_TO = ("audit_log",)
"""Where rows are added, and none is changed or removed."""
_READ = ("alembic_version",)

_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    *(f"REVOKE UPDATE, DELETE ON {table} FROM {{role}}" for table in _ADDED_TO),
    *(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {{role}}" for table in _READ),
)


def give(owner_url: str, url: str) -> None:
    """Let the user of `url` work in the database that `owner_url` owns; to be said again after each migration.

    Raises ValueError where `url` names no user, the owner or an administrator, Unavailable.
    """
    role = make_url(url).username
    if not role:
        raise ValueError("INBOX_DATABASE_URL names no user.")
    with connected(owner_url) as connection, connection.begin():
        if _is_above(connection, role):
            raise ValueError("The user of INBOX_DATABASE_URL owns tables or is an administrator: take another one.")
        for grant in _GRANTS:
            cursor = connection.connection.cursor()
            cursor.execute(sql.SQL(grant).format(role=sql.Identifier(role)))


_ABOVE = """
SELECT rolsuper OR EXISTS (
    SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_has_role(pg_roles.oid, relowner, 'USAGE')
) FROM pg_roles WHERE rolname = :role
"""


def _is_above(connection: Connection, role: str) -> bool:
    """Whether no grant would keep this user from anything."""
    return bool(connection.scalar(text(_ABOVE), {"role": role}))
