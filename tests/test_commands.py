"""The commands as somebody types them: what they do, and one sentence when they cannot."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from inbox import clock, config
from inbox.__main__ import main
from inbox.accounts import organisations, sessions, sign_ins, users
from inbox.app import create_app
from inbox.errors import Invalid
from inbox.server import listen
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import provider_accounts
from inbox.storage.vault import new_key
from tests.journeys.elements import parse
from tests.logging_state import restored_logging  # noqa: F401
from tests.services import free_port

INBOX = Path(sys.executable).with_name("inbox")
SECRETS = {"INBOX_SECRET_KEY": "a secret key of thirty-two letters", "INBOX_VAULT_KEYS": new_key()}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, without any setting of this computer's."""
    for name in [name for name in config.environment() if name.startswith("INBOX_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def inbox(*arguments: str, **environment: str) -> Result:
    """Type a command."""
    return CliRunner().invoke(main, arguments, env=environment)


def done(*arguments: str, **environment: str) -> str:
    """A command that has to work; what it says."""
    result = inbox(*arguments, **environment)
    assert result.exit_code == 0, result.output
    return result.output


def sentence(*arguments: str, **environment: str) -> str:
    """The one sentence of a command that cannot be done, which ends with 1."""
    result = inbox(*arguments, **environment)
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: "), result.output
    assert "Traceback" not in result.output
    (line,) = result.output.splitlines()
    return line.removeprefix("Error: ")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with demo data and its secrets, to be copied."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done("seed", "--conversations", "0", "--messages", "0")
    return folder


@pytest.fixture
def seeded(folder: Path, demo: Path) -> Path:
    """A folder with demo data."""
    shutil.copytree(demo, folder, dirs_exist_ok=True)
    return folder


def test_info_tells_all_that_a_visitor_of_the_demo_needs(seeded: Path) -> None:
    told = json.loads(done("info", "--json", INBOX_PORT="8123"))
    assert told.keys() == {
        "url",
        "users",
        "account_sid",
        "auth_token",
        "message_webhook",
        "status_webhook",
        "numbers",
        "sandbox",
    }
    assert told["url"] == told["sandbox"] == "http://127.0.0.1:8123"
    assert [user["email"] for user in told["users"]] == [
        "admin@demo.test",
        "kim@demo.test",
        "jo@demo.test",
        "ana@demo.test",
    ]
    assert {user["password"] for user in told["users"]} == {"demo-inbox"}
    assert re.fullmatch(r"AC[0-9a-f]{32}", told["account_sid"])
    assert re.fullmatch(r"[0-9a-f]{32}", told["auth_token"])
    for kind in ("message", "status"):
        assert re.fullmatch(rf"http://127\.0\.0\.1:8123/hooks/twilio/[\w-]{{32}}/{kind}", told[f"{kind}_webhook"])
    assert told["numbers"] == {"messaging": "+61491570006", "chatbot": "+61491570007"}
    # The same another time, and with Twilio itself there is no sandbox.
    again = json.loads(done("info", "--json", INBOX_PORT="8123", INBOX_TWILIO_API_URL="https://api.twilio.com"))
    assert again == told | {"sandbox": None}


def test_info_shows_nothing_where_there_is_no_demo_data(folder: Path) -> None:
    assert sentence("info", "--json") == "The database is not at the present schema. Run `inbox migrate` first."
    done("migrate")
    done("user", "add", "jo@acme.test", "--name", "Jo", "--organisation", "Acme", "--password", "a long password")
    assert sentence("info", "--json") == "There is no demo data here, so there is nothing that may be shown."


def test_info_shows_nothing_to_who_does_not_have_the_keys(seeded: Path) -> None:
    assert "INBOX_VAULT_KEYS" in sentence("info", "--json", **SECRETS)


def test_the_secrets_of_a_first_start_are_kept_for_their_owner_alone(seeded: Path) -> None:
    secrets = seeded / "var" / "secrets.json"
    assert secrets.stat().st_mode & 0o777 == 0o600
    kept = json.loads(secrets.read_text())
    config.read(kept)
    done("seed", "--conversations", "0", "--messages", "0")
    assert json.loads(secrets.read_text()) == kept


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("INBOX_PORT", "eighty", "INBOX_PORT must be a number from 1 to 65535, not 'eighty'."),
        ("INBOX_PORT", "70000", "INBOX_PORT must be a number"),
        ("INBOX_DATABASE_URL", "mysql://localhost/inbox", "INBOX_DATABASE_URL must start with"),
        ("INBOX_DATABASE_URL", "sqlite:///:memory:", "INBOX_DATABASE_URL must name a file"),
        ("INBOX_REDIS_URL", "localhost:6379", "INBOX_REDIS_URL must be memory:// or"),
        ("INBOX_PUBLIC_URL", "inbox.example.com", "INBOX_PUBLIC_URL must be an address such as"),
        ("INBOX_PUBLIC_URL", "https://inbox.example.com/?x=1", "INBOX_PUBLIC_URL must be an address such as"),
        ("INBOX_PUBLIC_URL", "https://inbox.example.com:https", "INBOX_PUBLIC_URL must be an address such as"),
        ("INBOX_PUBLIC_URL", "https://[::1", "INBOX_PUBLIC_URL must be an address such as"),
        ("INBOX_TWILIO_API_URL", "twilio", "INBOX_TWILIO_API_URL must be an address such as"),
        ("INBOX_TRUSTED_PROXIES", "*", "INBOX_TRUSTED_PROXIES must be addresses or networks"),
        ("INBOX_TRUSTED_PROXIES", "10.0.0.1, ::/0", "INBOX_TRUSTED_PROXIES must not be everybody"),
        ("INBOX_LOG_FORMAT", "xml", "INBOX_LOG_FORMAT must be text or json, not 'xml'."),
        ("INBOX_SECRET_KEY", "short", "INBOX_SECRET_KEY must be set to at least 32 characters"),
        ("INBOX_SECRET_KEY", "", "INBOX_SECRET_KEY must be set to at least 32 characters"),
        ("INBOX_VAULT_KEYS", "", "INBOX_VAULT_KEYS must hold at least one key"),
        ("INBOX_VAULT_KEYS", "not-a-key", "Each of INBOX_VAULT_KEYS must be 32 random bytes"),
    ],
)
def test_a_wrong_setting_stops_every_start_with_a_sentence(setting: str, value: str, words: str) -> None:
    for command in ("serve", "worker", "doctor"):
        assert sentence(command, **(SECRETS | {setting: value})).startswith(words)


def test_the_real_command_says_it_on_standard_error_and_ends_with_1(folder: Path) -> None:
    command = [sys.executable, "-m", "inbox", "serve"]
    ended = subprocess.run(command, env={"INBOX_PORT": "x"}, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "Error: INBOX_PORT must be a number from 1 to 65535, not 'x'.\n"


@pytest.mark.parametrize("command", ["serve", "worker", "sandbox", "info", "user deactivate jo@demo.test"])
def test_a_database_without_our_schema_is_refused(command: str, folder: Path, postgres_database: str) -> None:
    words = "The database is not at the present schema. Run `inbox migrate` first."
    for url in (postgres_database, f"sqlite:///{folder}/empty.db"):
        assert sentence(*command.split(), **(SECRETS | {"INBOX_DATABASE_URL": url})) == words
    assert not (folder / "empty.db").exists()


@pytest.mark.parametrize("command", ["serve", "migrate", "info", "user deactivate jo@demo.test"])
def test_a_database_that_is_not_there_is_said_to_be_so_in_one_line(command: str) -> None:
    url = f"postgresql://inbox:a-secret@127.0.0.1:{free_port()}/inbox"
    told = sentence(*command.split(), **(SECRETS | {"INBOX_DATABASE_URL": url}))
    assert told.startswith("The database cannot be used: ")
    assert "a-secret" not in told


def test_a_worker_of_its_own_needs_redis(folder: Path) -> None:
    done("migrate")
    assert sentence("worker", **SECRETS).startswith("A worker of its own needs INBOX_REDIS_URL: memory://")


def test_a_port_that_is_taken_is_said_to_be_so(seeded: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        for command in (["run"], ["serve"], ["sandbox", "--port", port]):
            words = sentence(*command, **secrets_of(seeded), INBOX_PORT=port)
            assert words == f"Port {port} on 127.0.0.1 cannot be used (Address already in use). Choose another one."


def secrets_of(folder: Path) -> dict[str, str]:
    """What the first start in a folder has made."""
    kept: dict[str, str] = json.loads((folder / "var" / "secrets.json").read_text())
    return kept


def test_migrate_brings_both_databases_to_the_schema_and_may_be_repeated(folder: Path, postgres_database: str) -> None:
    for url in (postgres_database, f"sqlite:///{folder}/deep/er/inbox.db"):
        for _ in range(2):
            assert done("migrate", INBOX_DATABASE_URL=url) == "The database is up to date.\n"


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """Whatever a query finds on either database."""

    async def read() -> list[tuple[Any, ...]]:
        async with Database(url) as database:
            return [tuple(row) for row in await database.fetch_all(query)]

    return asyncio.run(read())


def listed(setting: dict[str, str]) -> int:
    """How many conversations the inbox page of the demo lists."""
    app = create_app(config.read(setting), works=False)

    async def read() -> int:
        async with app.router.lifespan_context(app):
            jo = await users.by_email(app.state.database, "jo@demo.test")
            assert jo is not None
            cookie = await sessions.start(Tenant(app.state.database, jo.organisation_id), jo.id)
            browser = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=app.state.settings.public_url)
            async with browser:
                answer = await browser.get("/inbox?tab=shared", headers={"Cookie": f"session={cookie}"})
        assert answer.status_code == 200
        return len(parse(answer.text).all("conv"))

    return asyncio.run(read())


def test_seed_tops_up_to_exactly_as_much_as_was_asked_for(folder: Path, postgres_database: str) -> None:
    for url in (f"sqlite:///{folder}/inbox.db", postgres_database):
        setting = SECRETS | {"INBOX_DATABASE_URL": url}
        count = "select (select count(*) from conversations), (select count(*) from messages)"
        done("seed", "--conversations", "0", "--messages", "0", **setting)
        ((conversations, messages),) = rows(url, count)
        for wanted, texts, there in ((7, 60, (7, 60)), (7, 60, (7, 60)), (10, 61, (10, 63)), (3, 5, (10, 63))):
            done("seed", "--conversations", str(wanted), "--messages", str(texts), **setting)
            assert rows(url, count) == [(conversations + there[0], messages + there[1])]
        assert rows(url, "select count(*) from organisations") == [(1,)]
        first = "select id from companies order by created_at, id limit 1"
        open_there = f"select count(*) from conversations where closed_at is null and company_id = ({first})"
        assert listed(setting) == rows(url, open_there)[0][0]
        held = "select number from candidate_numbers where is_first"
        assert len(rows(url, held)) == len(set(rows(url, held)))


@pytest.mark.parametrize("arguments", [("--conversations", "-1"), ("--messages", "-1"), ("--messages", "many")])
def test_seed_refuses_numbers_that_make_no_sense(arguments: tuple[str, str]) -> None:
    assert inbox("seed", *arguments).exit_code == 2


def test_people_are_added_given_passwords_and_shut_out(folder: Path) -> None:
    done("migrate")
    add = ("user", "add", "Jo@Acme.test", "--name", "Jo Park", "--password", "a long password")
    assert sentence(*add) == "Name the organisation with --organisation."
    assert done(*add, "--organisation", "Acme", "--role", "organisation_admin") == "Jo@Acme.test can sign in.\n"
    assert sentence(*add) == "Somebody signs in with this e-mail already."
    assert done("user", "add", "ana@acme.test", "--name", "Ana", "--password", "another password")

    async def signs_in(email: str, password: str) -> str:
        async with Database("sqlite:///var/inbox.db") as database:
            key = SECRETS["INBOX_SECRET_KEY"]
            user = await sign_ins.prove(database, key, email, password, address="203.0.113.7")
            return await sessions.start(Tenant(database, user.organisation_id), user.id)

    async def is_signed_in(cookie: str) -> bool:
        async with Database("sqlite:///var/inbox.db") as database:
            return await sessions.alive(database, [sessions.hash_of(cookie)]) != {}

    cookie = asyncio.run(signs_in("jo@acme.test", "a long password"))
    assert asyncio.run(is_signed_in(cookie))
    assert (
        done("user", "password", "jo@acme.test", "--password", "a new password") == "jo@acme.test has a new password.\n"
    )
    assert not asyncio.run(is_signed_in(cookie))
    with pytest.raises(Invalid):
        asyncio.run(signs_in("jo@acme.test", "a long password"))
    cookie = asyncio.run(signs_in("jo@acme.test", "a new password"))
    assert done("user", "deactivate", "jo@acme.test") == "jo@acme.test cannot sign in any more.\n"
    assert not asyncio.run(is_signed_in(cookie))
    with pytest.raises(Invalid):
        asyncio.run(signs_in("jo@acme.test", "a new password"))
    for command in (
        ("password", "nobody@acme.test", "--password", "a new password"),
        ("deactivate", "nobody@acme.test"),
    ):
        assert sentence("user", *command) == "Nobody here has the e-mail nobody@acme.test."


def test_a_new_person_of_the_demo_joins_its_organisation(seeded: Path) -> None:
    done("user", "add", "lou@demo.test", "--name", "Lou", "--role", "guest", "--password", "a long password")

    async def whose() -> str:
        async with Database("sqlite:///var/inbox.db") as database:
            lou = await users.by_email(database, "lou@demo.test")
            assert lou is not None
            return (await organisations.find(database, lou.organisation_id)).name

    assert asyncio.run(whose()) == "Harbour Health"


def test_a_person_with_a_poor_password_or_role_is_not_added(folder: Path) -> None:
    done("migrate")
    words = sentence("user", "add", "jo@acme.test", "--name", "Jo", "--organisation", "Acme", "--password", "short")
    assert "password" in words.lower()
    add = ("user", "add", "jo@acme.test", "--name", "Jo", "--password", "a long password", "--organisation", "Acme")
    assert inbox(*add, "--role", "king").exit_code == 2


def test_the_doctor_names_everything_that_is_wrong_and_ends_with_1(seeded: Path) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    result = inbox(
        "doctor",
        **secrets_of(seeded),
        INBOX_REDIS_URL=f"redis://{nowhere}/0",
        INBOX_TWILIO_API_URL=f"http://{nowhere}",
        INBOX_PUBLIC_URL=f"http://{nowhere}",
        INBOX_SPOOL_DIR="/dev/null/spool",
    )
    assert result.exit_code == 1
    lines = dict(line.split(": ", 1) for line in result.output.splitlines())
    assert list(lines) == [
        "ok     Database",
        "ok     Clock",
        "WRONG  Spool",
        "WRONG  Redis",
        "WRONG  Twilio credentials",
        "WRONG  Webhook address",
        "ok     Synchronizing",
    ]
    assert lines["ok     Database"].startswith("sqlite answers in ")
    assert lines["WRONG  Spool"].startswith("/dev/null/spool cannot be written to")
    assert lines["WRONG  Redis"].startswith("does not answer")
    assert lines["WRONG  Twilio credentials"].startswith("Twilio could not be reached")
    assert lines["WRONG  Webhook address"].startswith(f"http://{nowhere} does not answer")


def test_the_doctor_finds_an_account_whose_list_nobody_reads(seeded: Path) -> None:
    async def connected_long_ago() -> None:
        async with Database("sqlite:///var/inbox.db") as database:
            await database.execute(update(provider_accounts).values(created_at=clock.now() - timedelta(hours=2)))

    asyncio.run(connected_long_ago())
    found = inbox("doctor", **secrets_of(seeded)).output
    assert "WRONG  Synchronizing: an account was not read to its end for 120 min" in found


def test_the_doctor_finds_a_database_that_is_away_or_empty(folder: Path, postgres_database: str) -> None:
    away = f"postgresql://127.0.0.1:{free_port()}/inbox"
    for url, finding in ((away, "WRONG  Database"), (postgres_database, "WRONG  Twilio credentials")):
        result = inbox("doctor", **(SECRETS | {"INBOX_DATABASE_URL": url}))
        assert result.exit_code == 1
        assert finding in result.output
        assert "Traceback" not in result.output


def test_the_doctor_finds_keys_that_do_not_fit(seeded: Path) -> None:
    result = inbox("doctor", **SECRETS)
    assert result.exit_code == 1
    assert "WRONG  Twilio credentials" in result.output
    assert "INBOX_VAULT_KEYS" in result.output


def test_every_command_explains_itself() -> None:
    for command in (
        "run",
        "serve",
        "worker",
        "migrate",
        "backup",
        "restore",
        "restored",
        "erase",
        "purge",
        "seed",
        "sandbox",
        "info",
        "user",
        "doctor",
    ):
        assert len(done(command, "--help").splitlines()) > 3


def test_a_candidate_is_erased_listed_and_erased_again_after_a_restore(seeded: Path) -> None:
    url = "sqlite:///var/inbox.db"
    ((candidate,),) = rows(url, "select candidate_id from conversations where last_text <> '' limit 1")
    assert inbox("erase").exit_code == inbox("erase", candidate, "--list").exit_code == 2
    assert "The worker has Twilio delete its" in done("erase", candidate, **secrets_of(seeded))
    assert rows(url, f"select name from candidates where id = '{candidate}'") == [("Removed candidate",)]
    listed = seeded / "erased.txt"
    listed.write_text(done("erase", "--list"))
    assert listed.read_text() == f"{candidate}\n"
    again = done("restored", "--erased", str(listed), **secrets_of(seeded))
    held = "Held back, for people to decide: 0 texts, 0 scheduled texts, 0 campaigns, 1 workflows."
    assert again.splitlines() == [held, "1 of 1 candidates erased again.", "Every open page loads anew."]
    assert done("purge", "--dry-run").endswith(": 0 to erase.\n")
