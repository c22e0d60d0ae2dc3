"""No page of the inbox costs more the more conversations there are: no table is read whole, no long list sorted."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import bindparam

from inbox import clock, demo, seeding
from inbox.accounts import sessions, users
from inbox.accounts.roles import Act
from inbox.app import create_app
from inbox.messaging.places import key_of
from inbox.storage import migrate, tables
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.statements import Result, Statement
from inbox.storage.vault import Vault
from tests import plans, services
from tests.messaging.scene import KEY
from tests.web.house import ORIGIN, settings

# The first test of a database waits until all of its conversations are there.
pytestmark = [pytest.mark.anyio, pytest.mark.both_databases, pytest.mark.timeout(300)]

# PostgreSQL reads smaller tables whole, and rightly; SQLite's plans do not ask how large they are.
CONVERSATIONS = {"sqlite": 4_000, "postgresql": 20_000}
MESSAGES_EACH = 2
CHIPS = (
    "",
    "&unread=1",
    "&failed=1",
    "&waiting=1",
    "&closed=1",
    "&unread=1&failed=1",
    "&closed=1&failed=1",
    "&closed=1&unread=1",
    "&snoozed=1",
)
WORDS = ("you", "nurse", "maya chen", '"see you"', "0555", "preliwar", "nothingofthis", "th")


def days(first: int, last: int) -> str:
    """The filter for the days from so long ago until so long ago."""
    today = clock.now().date()
    return f"&from={today - timedelta(days=first)}&to={today - timedelta(days=last)}"


def addresses() -> list[str]:
    """Every list there is: tabs, days, chips and searches in each other's company."""
    narrowed = [
        *(f"&range={chosen}" for chosen in ("today", "7d", "month", "year")),
        *(days(first, last) for first, last in ((100, 100), (400, 370), (700, 1), (690, 680))),
        *(f"&q={words}" for words in WORDS),
    ]
    some = ("", days(400, 370), "&q=you", "&q=preliwar")
    filters = [*(chip + more for chip in CHIPS for more in some), *narrowed]
    lists = [f"/inbox?tab={tab}{filter}" for tab in ("mine", "shared") for filter in filters]
    lists += [f"/inbox?tab=shared&owner=nobody{chip}" for chip in CHIPS]
    return [*lists, "/candidates", *(f"/candidates?q={words}" for words in WORDS), "/notifications?unread=1"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def seeded_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a database with some ten thousand conversations and its statistics."""
    with services.fresh_postgres_database() as fresh:
        url = fresh
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('plans')}/inbox.db"
        migrate.upgrade(url)
        asyncio.run(_seed(url))
        yield url


async def _seed(url: str) -> None:
    async with Database(url) as database:
        organisation = await demo.create(database, Vault([KEY]))
        await _notify(Tenant(database, organisation.id))
        conversations = CONVERSATIONS[database.dialect]
    seeding.fill(url, organisation.id, conversations=conversations, messages=MESSAGES_EACH * conversations)


async def _notify(tenant: Tenant) -> None:
    """Some thousand notifications of four users, most of them read, as they are after weeks."""
    team = [user.id for user in await users.who_may(tenant, Act.READ)]
    table = tables.notifications
    kept = {"organisation_id": tenant.organisation_id, "kind": "low_balance", "words": "500 segments left."}
    await tenant.database.execute_many(
        table.insert().values({**kept, **{name: bindparam(name) for name in ("id", "user_id", "read_at")}}),
        [
            {"id": new_id(), "user_id": team[place % len(team)], "read_at": None if place < 200 else clock.now()}
            for place in range(4_000)
        ],
    )


@asynccontextmanager
async def browser(url: str, folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Jo's browser on the application over this database."""
    app = create_app(settings(url, folder), works=False)
    async with app.router.lifespan_context(app):
        jo = await users.by_email(app.state.database, "jo@demo.test")
        assert jo is not None
        cookie = await sessions.start(Tenant(app.state.database, jo.organisation_id), jo.id)
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url=ORIGIN, cookies={"__Host-session": cookie}
        ) as client:
            yield client


async def test_no_page_reads_a_whole_table_or_sorts_a_long_list(seeded_url: str, tmp_path: Path) -> None:
    async with browser(seeded_url, tmp_path) as jo:
        further = [
            await _link(jo, "/inbox?tab=shared", r"/inbox\?[^\"]*before=[^\"]+"),
            conversation := await _link(jo, "/inbox?tab=shared", r"/inbox/c/[0-9a-f-]{36}"),
            f"{conversation}/messages?before={key_of(clock.now(), new_id())}",
            candidate := await _link(jo, "/candidates", r"/candidates/[0-9a-f-]{36}"),
            f"{candidate}/preview?tab=sms",
            f"{candidate}/context",
            *(f"/candidates/suggestions?kind={kind}" for kind in ("tag", "list", "job")),
            "/candidates/lists",
            f"{candidate}?tab=sms",
            await _link(jo, "/candidates", r"/candidates\?[^\"]*before=[^\"]+"),
            await _link(jo, "/inbox?tab=shared&q=nurse", r"/inbox/c/[0-9a-f-]{36}\?[^\"#]*m=[0-9a-f-]{36}"),
            f"{conversation}/messages?after={key_of(clock.now() - timedelta(days=300), new_id())}",
            await _link(jo, "/notifications", r"/notifications\?[^\"]*before=[^\"]+"),
        ]
        further += await _labelled(jo)
        with plans.explaining(seeded_url) as explain:
            found = [fault for address in [*addresses(), *further] for fault in await _faults(explain, jo, address)]
    assert not found, "\n\n".join(found)


async def _labelled(browser: httpx2.AsyncClient) -> list[str]:
    """Lists of conversations and of candidates by what half of them have and by what hardly anybody has."""
    page = html.unescape((await browser.get("/candidates")).text)
    ids = dict(re.findall(r'<option value="([0-9a-f-]{36})">([^<]+)</option>', page))
    named = {name: id for id, name in ids.items()}
    tags = [f"tag={named[name]}" for name in ("Night shifts", "Relocating")]
    asked = [*tags, "job=perfusionist", f"{tags[1]}&q=you"]
    more = ("", "&waiting=1", days(400, 370))
    inbox = [f"/inbox?{tags[1]}", *(f"/inbox?tab=shared&{one}{chip}" for one in asked for chip in more)]
    jo, open_day = named["Jo Park"], f"list={named['Open day']}"
    narrowed = [*tags, open_day, f"{open_day}&{tags[1]}", "stage=Offer", f"owner={jo}", "owner=nobody", "can_text=1"]
    narrowed += [f"{tags[0]}&stage=Offer&can_text=1", f"q=maya&{tags[1]}&can_text=1", f"q=th&owner={jo}"]
    return [*inbox, *(f"/candidates?{one}" for one in narrowed)]


async def _link(browser: httpx2.AsyncClient, address: str, pattern: str) -> str:
    """The first link of this form on a page."""
    link = re.search(pattern, html.unescape((await browser.get(address)).text))
    assert link is not None
    return link[0]


async def _faults(explain: plans.Explain, browser: httpx2.AsyncClient, address: str) -> list[str]:
    with plans.remembered() as statements:
        answer = await browser.get(address)
    assert answer.status_code == 200, address
    assert statements
    return [f"{address}: {fault}" for fault in explain(statements)]


def test_a_table_that_is_read_whole_and_a_long_list_that_is_sorted_are_found(seeded_url: str) -> None:
    everything = Statement("select id from conversations order by last_text", (), Result(None, {}))
    one = Statement("select id from organisations", (), Result(None, {}))
    with plans.explaining(seeded_url) as explain:
        assert len(explain([everything])) == 2
        assert explain([one]) == []


def test_a_statement_is_explained_once_for_the_same_values_and_again_for_others(seeded_url: str) -> None:
    placeholder = "?" if seeded_url.startswith("sqlite") else "$1"
    text = f"select id from conversations where unread > {placeholder} order by last_text"
    few, many = (Statement(text, (least,), Result(None, {})) for least in (-1, -2))
    with plans.explaining(seeded_url) as explain:
        assert explain([few, few])
        assert explain([few]) == []
        assert explain([many])
