"""Twilio's calls while the database is away, frozen or stuck: answered in time, kept, and stored once it is back."""

import asyncio
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update

from inbox.candidates import people
from inbox.messaging import messages
from inbox.reports import erasing
from inbox.storage import tables
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import provider_accounts
from inbox.web.draining import LANES
from providers.contract import DeliveryStatus
from tests.databases import as_administrator
from tests.faults.proxy import Proxy
from tests.messaging.scene import KEY, MAYA, TOM, Scene, organisation
from tests.web.away import until
from tests.web.house import METRICS_TOKEN, House, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(far_house: House) -> House:
    """The application behind a line that breaks."""
    return far_house


# What Twilio waits is 15 s; ours is 3 s for the database, 1 s for a look at it, and a busy machine.
ANSWER_SECONDS = 8.0


async def bodies(database: Database) -> list[str]:
    rows = await database.fetch_all(select(tables.messages.c.body).order_by(tables.messages.c.at, tables.messages.c.id))
    return [row.body for row in rows]


async def until_stored(database: Database, *wanted: str) -> None:
    """Wait until these texts, in this order of their moments, are all there is."""

    async def are_there() -> bool:
        return await bodies(database) == list(wanted)

    await until(are_there)


async def until_drained(house: House) -> None:
    """Wait until nothing lies in the spool."""

    async def is_empty() -> bool:
        return not kept(house)

    await until(is_empty)


def kept(house: House) -> list[str]:
    """The names of what lies in the spool."""
    folder = house.app.state.settings.spool_dir
    return sorted(file.name for file in folder.iterdir() if file.suffix in {".call", ".unverified"})


async def figures(house: House) -> dict[str, float]:
    browser = await house.browser()
    answer = await browser.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    return {line.split()[0]: float(line.split()[1]) for line in answer.text.splitlines() if not line.startswith("#")}


async def test_texts_that_come_while_the_database_is_away_stand_in_their_thread_as_soon_as_it_is_back(
    house: House, line: Proxy, beside: Database
) -> None:
    await house.text_in("Before")
    line.refuse()
    came = []
    for number in range(5):
        came.append(time.time())
        answer = await house.text_in(f"Meanwhile {number}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert len(kept(house)) == 5
    assert (await figures(house))["inbox_spooled_calls"] == 5
    browser = await house.browser()
    ready = await browser.get("/readyz")
    assert (ready.status_code, ready.json()["database"], ready.json()["spool"]) == (503, False, True)

    line.restore()

    await until_stored(beside, "Before", *(f"Meanwhile {number}" for number in range(5)))
    await until_drained(house)
    rows = await beside.fetch_all(select(tables.messages.c.at).order_by(tables.messages.c.at))
    for row, moment in zip(rows[1:], came, strict=True):
        assert abs(row.at.timestamp() - moment) < 1
    await house.text_in("After")
    assert (await bodies(beside))[-1] == "After"


async def test_a_text_that_was_kept_does_not_bring_back_who_was_erased_before_it_was_stored(
    house: House, line: Proxy, beside: Database
) -> None:
    await house.text_in("Before")
    line.refuse()
    for body in ("I am Quetzalcoatl", "STOP"):
        assert (await house.text_in(body)).status_code == 200
    assert len(kept(house)) == 2
    beside.number_keys = house.scene.tenant.database.number_keys = (KEY,)
    tenant = Tenant(beside, house.scene.tenant.organisation_id)
    await erasing.erase(tenant, await people.by_number(tenant, MAYA), actor="Jo Park")

    line.restore()

    await until_drained(house)
    assert await bodies(beside) == [""]
    assert MAYA not in [row.number for row in await beside.fetch_all(select(tables.candidate_numbers.c.number))]
    assert (
        await beside.fetch_all(select(tables.conversations.c.id).where(tables.conversations.c.erased_at.is_(None)))
        == []
    )
    assert [row.keyword for row in await beside.fetch_all(select(tables.kept_stops.c.keyword))] == ["STOP"]
    # Twilio has the copies of all three deleted; who texts again later is somebody new, and still wants no texts.
    assert len(await beside.fetch_all(select(tables.erased_copies))) == 3
    await house.text_in("Hello")
    again = select(tables.conversations.c.opted_out_at).where(tables.conversations.c.candidate_number == MAYA)
    assert await beside.fetch_val(again) is not None


async def test_a_text_that_the_database_refuses_for_a_reason_nobody_foresaw_is_not_lost(
    house: House, beside: Database, postgresql_url: str
) -> None:
    await house.text_in("Before")
    with psycopg.connect(as_administrator(postgresql_url), autocommit=True) as other:
        other.execute(
            "create function odd() returns trigger language plpgsql as"
            " $$ begin if new.body = 'Odd' then raise exception 'odd'; end if; return new; end $$;"
            " create trigger odd before insert on messages for each row execute function odd()"
        )

    answer = await house.text_in("Odd")
    await house.text_in("After")

    assert answer.status_code == 200
    await until_drained(house)
    await until_stored(beside, "Before", "After")
    assert len([*(house.app.state.settings.spool_dir / "damaged").iterdir()]) == 1


@pytest.mark.parametrize("odd", [asyncio.CancelledError, RuntimeError, KeyError])
async def test_a_driver_that_fails_in_an_odd_way_costs_no_text(
    house: House, beside: Database, monkeypatch: pytest.MonkeyPatch, odd: type[BaseException]
) -> None:
    """Also one that cancels itself, which no `except Exception` catches and the server answers with 500."""

    async def fail(*_: object) -> None:
        raise odd

    await house.text_in("Before")
    for does in ("ping", "fetch_one", "fetch_all"):
        monkeypatch.setattr(house.app.state.database, does, fail)

    answers = [await house.text_in(body) for body in ("First", "Second")]
    assert [answer.status_code for answer in answers] == [200, 200]

    monkeypatch.undo()
    await until_stored(beside, "Before", "First", "Second")
    await until_drained(house)


async def test_a_status_is_kept_too_and_counts_afterwards(house: House, line: Proxy) -> None:
    scene = house.scene
    message = await scene.reply(await scene.text_in())
    fields = {"MessageSid": "SMone", "MessageStatus": "delivered", "AccountSid": scene.account.account_sid}
    line.refuse()
    answer = await house.call(f"{scene.account.status_path}?m={message.id}&attempt=1", fields)
    assert (answer.status_code, answer.content) == (204, b"")

    line.restore()

    async def is_delivered() -> bool:
        return (await messages.find(scene.tenant, message.id)).status is DeliveryStatus.DELIVERED

    await until(is_delivered)


async def test_a_database_that_answers_nothing_holds_one_call_up_and_no_other(
    house: House, line: Proxy, beside: Database
) -> None:
    await house.text_in("Before")
    line.hold()
    began = time.monotonic()
    assert (await house.text_in("First")).status_code == 200
    assert time.monotonic() - began < ANSWER_SECONDS

    began = time.monotonic()
    answers = [(await house.text_in(f"Then {number}")).status_code for number in range(20)]
    assert set(answers) == {200}
    assert time.monotonic() - began < ANSWER_SECONDS

    line.restore()
    await until_stored(beside, "Before", "First", *(f"Then {number}" for number in range(20)))
    await until_drained(house)


async def test_a_forged_call_is_refused_while_the_database_is_away_and_dropped_afterwards(
    house: House, line: Proxy, beside: Database
) -> None:
    await house.text_in("Before")
    line.refuse()
    path = house.scene.account.message_path
    forged = await house.call(path, house.text("Send me money"), token="somebody else's")
    elsewhere = await house.call(path, house.text("x", AccountSid="AC" + "0" * 32))
    unsigned = await house.call(path, house.text("x"), headers={"X-Twilio-Signature": ""})
    assert (forged.status_code, elsewhere.status_code, unsigned.status_code) == (403, 403, 403)
    assert (await house.text_in("Genuine")).status_code == 200

    line.restore()

    await until_drained(house)
    assert await bodies(beside) == ["Before", "Genuine"]


async def test_a_text_signed_with_a_token_changed_a_moment_before_the_outage_is_not_lost(
    house: House, line: Proxy, beside: Database
) -> None:
    account = house.scene.account
    await house.text_in("Before")
    await beside.execute(
        update(provider_accounts)
        .where(provider_accounts.c.id == account.id)
        .values(
            auth_token=house.scene.vault.seal("the new token", bound_to=f"provider_accounts.auth_token:{account.id}")
        )
    )
    line.refuse()
    answer = await house.call(account.message_path, house.text("By the new token"), token="the new token")
    assert answer.status_code == 403  # as it cannot be told from a forged one here

    line.restore()

    await until_stored(beside, "Before", "By the new token")


async def test_a_channel_nobody_here_knows_is_asked_for_once_the_database_is_back(
    house: House, line: Proxy, beside: Database
) -> None:
    line.refuse()
    newcomer: Scene = await organisation(beside, "Newcomer")
    text = house.text("To the newcomer", AccountSid=newcomer.account.account_sid, To=newcomer.number.number)
    nowhere = await house.call("/hooks/twilio/nowhere/message", text)
    forged = await house.call(newcomer.account.message_path, text, token="somebody else's")
    genuine = await house.call(newcomer.account.message_path, text, token=newcomer.account.auth_token)
    assert (nowhere.status_code, forged.status_code, genuine.status_code) == (200, 200, 200)

    line.restore()

    await until_stored(beside, "To the newcomer")
    await until_drained(house)


async def test_when_the_spool_takes_nothing_either_twilio_is_told_to_go_elsewhere(
    house: House, line: Proxy, beside: Database
) -> None:
    _put_a_file_in_place_of(house.app.state.settings.spool_dir)
    line.refuse()
    answer = await house.text_in("Refused")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    browser = await house.browser()
    assert (await browser.get("/readyz")).json()["spool"] is False

    line.restore()

    async def is_taken() -> bool:
        return (await house.text_in("Taken")).status_code == 200

    await until(is_taken)
    assert set(await bodies(beside)) == {"Taken"}


async def test_an_odd_call_is_answered_as_ever(house: House, line: Proxy) -> None:
    await house.text_in("Before")
    fields = house.text()
    del fields["MessageSid"]
    line.refuse()
    assert (await house.call(house.scene.account.message_path, fields)).status_code == 400
    assert kept(house) == []


async def test_a_conversation_that_is_locked_holds_up_its_own_texts_only(
    house: House, postgresql_url: str, beside: Database
) -> None:
    conversation = await house.scene.text_in(MAYA, "First")
    with psycopg.connect(as_administrator(postgresql_url)) as other:
        other.execute("select 1 from conversations where id = %s for update", (conversation,))
        stuck = asyncio.create_task(house.text_in("Stuck"))
        began = time.monotonic()
        free = await house.text_in("Free", From=TOM)
        assert (free.status_code, time.monotonic() - began < 2) == (200, True)
        assert (await stuck).status_code == 200
        assert time.monotonic() - began < ANSWER_SECONDS
        assert (await bodies(beside)) == ["First", "Free"]
        assert not house.app.state.reception.database_is_away
    await until_drained(house)
    assert sorted(await bodies(beside)) == ["First", "Free", "Stuck"]


async def test_texts_of_one_sender_stay_in_order_when_the_first_of_many_has_to_wait(
    house: House, line: Proxy, postgresql_url: str, beside: Database
) -> None:
    conversation = await house.scene.text_in(MAYA, "Hello")
    line.refuse()
    await house.text_in("First")
    for number in range(LANES):
        await house.text_in(f"Free {number}", From=f"+6149157020{number}")
    await house.text_in("Second")
    with (
        psycopg.connect(as_administrator(postgresql_url)) as other,
        psycopg.connect(as_administrator(postgresql_url), autocommit=True) as watch,
    ):
        other.execute("select 1 from conversations where id = %s for update", (conversation,))
        line.restore()
        await until(lambda: _somebody_waits(watch))
        await until(lambda: _nobody_waits(watch), seconds=10)  # the first was refused and a second one may try
    await until_drained(house)

    stored = await beside.fetch_all(
        select(tables.messages.c.body)
        .where(tables.messages.c.conversation_id == conversation)
        .order_by(tables.messages.c.id)
    )
    assert [row.body for row in stored] == ["Hello", "First", "Second"]


async def _somebody_waits(watch: psycopg.Connection[tuple[object, ...]]) -> bool:
    waiting = watch.execute(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    return waiting.fetchone() is not None


async def _nobody_waits(watch: psycopg.Connection[tuple[object, ...]]) -> bool:
    return not await _somebody_waits(watch)


async def test_what_was_kept_before_a_crash_is_stored_by_the_next_process_once(
    house: House, line: Proxy, tmp_path: Path, beside: Database, postgresql_url: str
) -> None:
    fields = house.text("Kept")
    line.refuse()
    assert (await house.call(house.scene.account.message_path, fields)).status_code == 200
    (name,) = kept(house)
    entry = (tmp_path / "spool" / name).read_bytes()
    line.restore()
    await until_drained(house)
    # As if the first process had died between its commit and the end of the file.
    (tmp_path / "spool" / name).write_bytes(entry)

    async with opened(postgresql_url, tmp_path) as next_house:
        await until_drained(next_house)
    assert await bodies(beside) == ["Kept"]


async def test_what_cannot_be_used_is_set_aside_and_stands_in_nobodys_way(
    house: House, line: Proxy, tmp_path: Path, beside: Database
) -> None:
    line.refuse()
    for number in range(3):
        assert (await house.text_in(f"Text {number}")).status_code == 200
    damaged, _, odd = kept(house)
    (tmp_path / "spool" / damaged).write_bytes(b"rubbish")
    (tmp_path / "spool" / odd).write_bytes(house.scene.vault.seal('{"kind": "letter"}', bound_to=odd))

    line.restore()

    await until_stored(beside, "Text 1")
    await until_drained(house)
    assert sorted(file.name for file in (tmp_path / "spool" / "damaged").iterdir()) == [damaged, odd]

    async def are_counted() -> bool:
        return (await figures(house))["inbox_damaged_calls"] == 2

    await until(are_counted)


def _put_a_file_in_place_of(folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    folder.write_text("in the way")
