"""Row level security on PostgreSQL: a query that forgets whose rows it wants still gets those of its organisation."""

import asyncio
import random
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psycopg
import pytest
from sqlalchemy import Table, delete, func, insert, select, update

import inbox
from inbox.storage import copies, grants, jobs, migrate, row_security, tables
from inbox.storage.bulk import bulk
from inbox.storage.database import Database, Tenant
from inbox.storage.postgresql_pools import Session
from inbox.storage.row_security import SEARCHED
from tests import services
from tests.databases import as_administrator, as_user
from tests.messaging.scene import MAYA, TOM, Scene, organisation

pytestmark = pytest.mark.anyio

PRODUCT = Path(inbox.__file__).parent
OWNED = [table for table in tables.metadata.sorted_tables if "organisation_id" in table.c]


@pytest.fixture
def database_url(users_url: str) -> str:
    """SQLite has no such thing, and an administrator is not bound by it."""
    return users_url


@pytest.fixture
async def both(database: Database) -> tuple[Scene, Scene]:
    """Two organisations in which somebody has texted."""
    ours, theirs = await organisation(database), await organisation(database, "Other")
    await ours.text_in(MAYA)
    await theirs.text_in(MAYA)
    await theirs.text_in(TOM)
    return ours, theirs


async def whose(tenant: Tenant | Database, table: Table) -> set[int]:
    """Of which organisations the rows are that somebody gets who asks for all."""
    return {row[0] for row in await tenant.fetch_all(select(table.c.organisation_id).distinct())}


async def test_whoever_forgets_the_organisation_gets_its_own_rows_alone(both: tuple[Scene, Scene]) -> None:
    ours, theirs = (scene.tenant for scene in both)
    filled = 0
    for table in OWNED:
        everybodys = await whose(ours.database, table)
        filled += len(everybodys) == 2
        if table.name not in SEARCHED:
            assert await whose(ours, table) <= {ours.organisation_id}, table.name
            assert await whose(theirs, table) == everybodys & {theirs.organisation_id}, table.name
    assert filled > 10


async def test_no_row_of_another_organisation_is_changed_removed_or_added(both: tuple[Scene, Scene]) -> None:
    ours, theirs = (scene.tenant for scene in both)
    for table in OWNED:
        if table.name == "audit_log":
            continue
        same = {"organisation_id": table.c.organisation_id}
        changed = update(table).where(table.c.organisation_id != ours.organisation_id).values(same)
        assert await ours.fetch_all(changed.returning(table.c.organisation_id)) == []
        removed = delete(table).where(table.c.organisation_id != ours.organisation_id)
        assert await ours.fetch_all(removed.returning(table.c.organisation_id)) == []
    row = {"organisation_id": theirs.organisation_id, "id": both[0].jo.id, "name": "Ours"}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ours.execute(insert(tables.companies).values(row))
    assert await theirs.fetch_val(select(func.count()).select_from(tables.conversations)) == 2


async def test_a_connection_that_has_said_nothing_sees_nothing(both: tuple[Scene, Scene], users_url: str) -> None:
    connection = await asyncpg.connect(users_url)
    for table in OWNED:
        if table.name not in SEARCHED:
            assert await connection.fetchval(f"select count(*) from {table.name}") == 0, table.name
    await connection.close()
    assert await row_security.binds(both[0].tenant.database)
    async with Database(as_administrator(users_url)) as unbound:
        assert not await row_security.binds(unbound)
    with psycopg.connect(as_administrator(users_url)) as administrator:
        tell = "select count(*) from pg_class where relrowsecurity and relforcerowsecurity and relkind = 'r'"
        assert administrator.execute(tell).fetchone() == (len(OWNED),)


async def test_statements_of_many_organisations_and_of_all_share_few_connections(users_url: str) -> None:
    chance = random.Random(7)
    async with Database(f"{users_url}?max_size=2") as database:
        scenes = [await organisation(database, f"No. {place}") for place in range(4)]
        everybody = {scene.tenant.organisation_id for scene in scenes}

        async def act(tenant: Tenant) -> None:
            own = {tenant.organisation_id}
            match chance.randrange(5):
                case 0:
                    assert await whose(database, tables.users) == everybody
                case 1:
                    async with tenant.transaction():
                        assert await whose(tenant, tables.users) == own
                        assert await whose(database, tables.users) == everybody
                        assert await whose(tenant, tables.users) == own
                case 2:
                    async with database.transaction(force_rollback=True):
                        assert await whose(tenant, tables.users) == own
                        async with tenant.transaction(force_rollback=True):
                            assert await whose(database, tables.users) == everybody
                        assert await whose(tenant, tables.users) == own
                case _:
                    assert await whose(tenant, tables.users) == own

        for _ in range(20):
            await asyncio.gather(*(act(scene.tenant) for scene in scenes))


async def test_in_one_organisation_no_statement_takes_a_round_trip_more(
    both: tuple[Scene, Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    tell = Session.execute

    async def execute(self: Session, query: str, *args: object, **more: object) -> str:
        said.append(query)
        return str(await tell(self, query, *args, **more))

    monkeypatch.setattr(Session, "execute", execute)
    ours, database = both[0].tenant, both[0].tenant.database
    for _ in range(3):
        await both[0].text_in()
    said.clear()
    for _ in range(10):
        await whose(ours, tables.users)
        await jobs.claim(database, kinds=["none"], limit=5, lease_seconds=60)
        async with ours.transaction():
            await whose(ours, tables.users)
    assert not [one for one in said if one.startswith("SET")]


@pytest.fixture
def owners_url() -> Iterator[str]:
    """URL of an empty database whose owner, no administrator, is the program itself."""
    with services.fresh_postgres_database() as url:
        name = urlsplit(url).path.removeprefix("/")
        with psycopg.connect(url, autocommit=True) as administrator:
            for statement in ("create role {0}_owner login", "alter database {0} owner to {0}_owner"):
                administrator.execute(statement.format(name).encode())
            administrator.execute(f"alter schema public owner to {name}_owner".encode())
            yield as_user(url, f"{name}_owner")
            administrator.execute(
                f"reassign owned by {name}_owner to current_user; drop owned by {name}_owner".encode()
            )
            administrator.execute(f"drop role {name}_owner".encode())


async def test_an_owner_who_is_the_program_as_well_is_bound_and_loses_nothing(
    owners_url: str, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> None:
    migrate.upgrade(owners_url)
    async with Database(owners_url) as database:
        ours, theirs = await organisation(database), await organisation(database, "Other")
        await ours.text_in()
        await theirs.text_in()
        assert await whose(ours.tenant, tables.messages) == {ours.tenant.organisation_id}
        with bulk(owners_url) as sink:
            sink.write("companies", ("organisation_id", "id", "name"), [(ours.tenant.organisation_id, MAYA_ID, "Bulk")])
        assert await ours.tenant.fetch_val(select(func.count()).select_from(tables.companies)) == 2
    migrate.upgrade(owners_url)
    file = tmp_path_factory.mktemp("copy") / "copy"
    copies.take(owners_url, file)
    copies.put_back(owners_url, file)
    async with Database(owners_url) as database:
        assert await whose(database, tables.messages) == {1, 2}
        assert await whose(Tenant(database, 2), tables.messages) == {2}
    with pytest.raises(ValueError, match="take another one"):
        grants.give(owners_url, owners_url)


MAYA_ID = "01a21e30-9d1a-74a7-8b39-8d796ffcddf8"


async def test_whoever_owns_nothing_can_change_no_table_and_no_audit_log(both: tuple[Scene, Scene]) -> None:
    database = both[0].tenant.database
    for forbidden in (
        "update audit_log set what = ''",
        "delete from audit_log",
        "truncate audit_log",
        "alter table audit_log disable trigger user",
        "alter table messages disable row level security",
        "drop policy of_organisation on messages",
        "drop table jobs",
        "create table more (id integer)",
        "update alembic_version set version_num = ''",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.execute(forbidden)


def test_who_speaks_for_all_organisations_is_known() -> None:
    said = re.compile(r"\b_?database\.(fetch_\w+|execute|execute_many|transaction)\(")
    speak = {str(path.relative_to(PRODUCT)) for path in PRODUCT.rglob("*.py") if said.search(path.read_text())}
    unknown = speak - SPEAK_FOR_ALL - {"storage/database.py", "storage/transactions.py"}
    assert not unknown, f"{unknown} query through Database, which reaches every organisation: is that meant?"
    assert not SPEAK_FOR_ALL - speak


SPEAK_FOR_ALL = {
    # who signs in, and with what
    "accounts/bearers.py",
    "accounts/companions.py",
    "accounts/keepers.py",
    "accounts/second_steps.py",
    "accounts/sso_connections.py",
    "accounts/sso_visits.py",
    "accounts/user_passwords.py",
    "embeds/keys.py",
    "embeds/widgets.py",
    "accounts/login_failures.py",
    "accounts/organisations.py",
    "accounts/password_links.py",
    "accounts/sessions.py",
    "accounts/sign_ins.py",
    "accounts/users.py",
    # whose channel a call is for, and what it tells
    "messaging/delivery_together.py",
    "messaging/inbound_together.py",
    "provisioning/credentials.py",
    # which job is next, and what has happened
    "hooks/following.py",
    "messaging/synchronizations.py",
    "messaging/synchronizing.py",
    "storage/events.py",
    "storage/jobs.py",
    "storage/patient_jobs.py",
    # what is too old, and what is counted or set right from time to time
    "automation/campaign_files.py",
    "messaging/merge_records.py",
    "billing/balance.py",
    "candidates/imports.py",
    "hooks/deliveries.py",
    "messaging/attaching.py",
    "messaging/history_imports.py",
    "messaging/label_changes.py",
    "reports/erasures.py",
    "reports/exports.py",
    "reports/keeping.py",
    "reports/retention.py",
    "storage/idempotency.py",
    "storage/mails.py",
    "storage/notifications.py",
    "storage/old_events.py",
    # what an operator does
    "commands/purge.py",
    "demo/__init__.py",
    "doctor.py",
    "storage/row_security.py",
    "restoring.py",
}
