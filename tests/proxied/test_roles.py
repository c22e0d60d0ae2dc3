"""The roles of PostgreSQL and the user of Redis may do what they need and nothing else."""

import re

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from tests.journeys.processes import Processes
from tests.proxied.deployment import FILES, ROOT, Deployment

pytestmark = pytest.mark.long

FORBIDDEN = (
    "DROP TABLE messages",
    "CREATE TABLE mine (id int)",
    "ALTER TABLE users ADD COLUMN x int",
    "TRUNCATE messages",
    "UPDATE audit_log SET act = 'x'",
    "DELETE FROM audit_log",
    "UPDATE alembic_version SET version_num = 'x'",
    "CREATE ROLE mine",
    "COPY users TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "ALTER TABLE audit_log DISABLE TRIGGER ALL",
)


def test_the_role_of_the_application_changes_no_table_and_nothing_of_the_audit_log(deployment: Deployment) -> None:
    with psycopg.connect(deployment.databases["app"], autocommit=True) as database:
        for statement in FORBIDDEN:
            with pytest.raises(InsufficientPrivilege):
                database.execute(statement.encode())


def test_the_role_of_backups_only_reads_and_makes_one(deployment: Deployment, tmp_path: object) -> None:
    with psycopg.connect(deployment.databases["backup"], autocommit=True) as database:
        for statement in (*FORBIDDEN, "DELETE FROM messages", "UPDATE users SET name = 'x'"):
            with pytest.raises(InsufficientPrivilege):
                database.execute(statement.encode())
    environment = {**deployment.processes.environment, "INBOX_DATABASE_URL": deployment.databases["backup"]}
    copies = Processes(deployment.nginx.parent, environment)
    copies.do("backup", "copy.zip")
    copies.do("backup", "--verify", "copy.zip")
    copies.do("erase", "--list")


def test_the_units_name_what_is_there() -> None:
    for file in FILES.glob("*.service"):
        text = file.read_text()
        assert "NoNewPrivileges=yes" in text, file
        assert "ProtectSystem=strict" in text, file
        for folder in re.findall(r"EnvironmentFile=(\S+)", text):
            assert folder in (ROOT / "docs/deploy.md").read_text()
