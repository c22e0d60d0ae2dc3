"""The interface in German, by the front door: signing in, the list, a thread, a refusal, settings, live frames."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import update

from inbox.accounts import reading
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.automation import campaign_gathering, campaigns, workflow_executions
from inbox.candidates import people
from inbox.languages.readers import Reader
from inbox.messaging.views import View
from inbox.storage import events, jobs, tables
from inbox.storage.events import EventLog
from inbox.web.frames import Frames
from inbox.web.topics import ThreadTopic
from tests.journeys.elements import parse
from tests.messaging.scene import MAYA
from tests.web.house import HTMX, House, opened, shown

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """The words of a page depend on no database."""
    async with opened(sqlite_url, tmp_path / "spool") as house:
        yield house


async def german(house: House, user: User) -> httpx2.AsyncClient:
    """A browser of somebody who chose German on the account page."""
    browser = await house.browser(user)
    answer = await browser.post("/account/language", data={"language": "de", "dates": "dots", "hours": "24"})
    assert answer.status_code == 303
    return browser


async def test_before_the_sign_in_the_browser_says_the_language(house: House) -> None:
    asked = {"de-AT,de;q=0.9,en;q=0.5": ("de", "Anmelden"), "fr": ("en", "Sign in")}
    for accepted, (language, words) in asked.items():
        page = shown(await (await house.browser(**{"Accept-Language": accepted})).get("/login"))
        (html,) = (element for element in page if element.tag == "html")
        (heading,) = (element for element in page if element.tag == "h1")
        assert (html.attributes["lang"], heading.words) == (language, words)
    stranger = await house.browser(**{"Accept-Language": "de"})
    answer = await stranger.post("/login", data={"email": "nobody@example.com", "password": "wrong"})
    assert "E-Mail und Passwort passen nicht zusammen." in shown(answer, 422).words


async def test_who_chose_german_reads_the_list_a_thread_and_refusals_in_german(house: House) -> None:
    conversation = await house.scene.text_in(MAYA, "Hello")
    jo = await german(house, house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    assert [element.attributes["lang"] for element in page if element.tag == "html"] == ["de"]
    for words in ("Posteingang", "Gemeinsam", "Ungelesen", "Nicht zugewiesen", "Senden", "1 Unterhaltung"):
        assert words in page.words, words
    refused = await jo.post(
        f"/inbox/c/{conversation}/messages",
        data={"body": " ", "id": str(uuid4()), "seen": "1", "number": MAYA},
        headers=HTMX,
    )
    assert "Schreiben Sie zuerst etwas." in shown(refused, 422).words
    nothing = shown(await jo.get("/inbox?tab=shared&failed=1&range=7d"))
    assert "Keine fehlgeschlagenen Nachrichten der letzten 7 Tage." in nothing.words
    assert "Schreiben Sie zuerst etwas." not in shown(await (await house.browser(house.scene.ana)).get("/inbox")).words


async def test_the_account_and_the_settings_say_what_cannot_be_taken_in_german(house: House) -> None:
    jo = await german(house, house.scene.jo)
    page = shown(await jo.post("/account", data={"name": " ", "time_zone": ""}), 422)
    assert "Geben Sie einen Namen ein." in page.words
    assert "Sprache und Datum" in page.words
    assert (await jo.post("/account/language", data={"language": "tlh", "dates": "", "hours": ""})).status_code == 422
    answer = await jo.get("/reports/chat", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    lost = await jo.get("/candidates/x", headers={"Accept": "application/json"})
    assert lost.json()["detail"] == "Hier gibt es nichts. Vielleicht wurde es entfernt."


async def test_an_organisation_has_a_language_for_who_chose_none(house: House) -> None:
    tenant = house.scene.tenant
    chosen = {"language": "de", "dates": "iso", "hours": "12"}
    await reading.choose_for_organisation(tenant, chosen)
    ana = await house.browser(house.scene.ana)
    assert "Kandidaten" in shown(await ana.get("/candidates")).words
    await ana.post("/account/language", data={"language": "en", "dates": "", "hours": ""})
    assert "New candidate" in shown(await ana.get("/candidates")).words
    assert (await reading.of_organisation(tenant)) == Reader("Australia/Melbourne", "de", "iso", 12)


async def test_readers_of_two_languages_get_one_event_each_in_theirs(house: House) -> None:
    scene = house.scene
    conversation = await scene.text_in(MAYA, "Hello")
    since = await events.head(scene.tenant)
    jo = await house.browser(scene.jo)
    await jo.post(f"/inbox/c/{conversation}/claim", data={"version": "0"}, headers=HTMX)
    upto = await events.head(scene.tenant)
    here = {language: Reader("UTC", language) for language in ("en", "de")}
    lists = {language: View(user_id=None, zone="UTC", reader=reader) for language, reader in here.items()}
    threads = {language: ThreadTopic(conversation, reader) for language, reader in here.items()}
    happened = await EventLog(scene.tenant.database).read(scene.tenant.channel, since.seq, upto.seq - since.seq)
    frames = Frames(scene.tenant.database)
    topics = dict.fromkeys([*lists.values(), *threads.values()], since)
    made = {
        topic: text
        async for piece in frames(scene.tenant.channel, topics, happened, upto)
        for topic, text in piece.items()
    }
    said = {language: parse(made[topic]).words for language, topic in threads.items()}
    name = scene.jo.name
    assert f"Assigned to {name}" in said["en"]
    assert f"Zugewiesen an {name}" in said["de"]
    assert f"{name} took this conversation." in said["en"]
    assert f"{name} hat diese Unterhaltung übernommen." in said["de"]
    rows = {language: made[topic] for language, topic in lists.items()}
    assert "unread" in rows["en"]
    assert "ungelesen" in rows["de"]


async def test_why_a_campaign_or_a_workflow_left_somebody_out_is_read_in_ones_own_language(house: House) -> None:
    scene = house.scene
    tenant, maya = scene.tenant, await people.create(scene.tenant, name="Maya Chen", number=MAYA, stage="Interview")
    await people.create(tenant, name="Tom Okafor", email="tom@example.com", stage="Interview")
    await tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.COMPANY_ADMIN.value)
    )
    jo = await german(house, scene.jo)
    campaign = (await jo.post("/campaigns", data={"name": "May", "body": "Hi", "stage": "Interview"})).headers[
        "Location"
    ]
    for job in await jobs.claim(tenant.database, kinds=[campaigns.GATHER], limit=1, lease_seconds=60):
        await campaign_gathering.gather(tenant, job)
    form = {
        "name": "Nudge",
        "trigger": "manual",
        "kind-0": "wait",
        "words-0": "2 days",
        "kind-1": "text",
        "words-1": "Hi",
    }
    workflow = (await jo.post("/workflows", data=form)).headers["Location"]
    await jo.post(f"/candidates/{maya}/workflows", data={"workflow_id": workflow.rpartition("/")[2]})
    (execution,) = await workflow_executions.of_candidate(tenant, maya)
    conversation = await scene.text_in(MAYA, "Hello")
    await jo.post(f"/candidates/{maya}/workflows/{execution.id}/stop")
    await scene.text_in(MAYA, "STOP")

    assert "Zurückgetreten: Jo Park hat ihn angehalten" in shown(await jo.get(workflow)).words
    thread = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared")).words
    assert "Der Workflow „Nudge“ wurde beendet: Jo Park hat ihn angehalten." in thread
    listed = (await jo.get(f"{campaign}/recipients.csv")).text.splitlines()
    assert listed[0] == "Kandidat,Nummer,Status,Grund oder Ergebnis,Geschrieben (UTC)"
    assert sorted(listed[1:]) == [
        f"Maya Chen,'{MAYA},Nicht gesendet,Abgemeldet.,",
        "Tom Okafor,,Ausgelassen,keine Mobilnummer,",
    ]
    assert "Ausgelassen: keine Mobilnummer" in shown(await jo.get(f"{campaign}/recipients?of=skipped")).words
    ana = await house.browser(scene.ana)
    assert "Stepped aside: Jo Park stopped it" in shown(await ana.get(workflow)).words


async def test_what_is_cut_to_a_length_is_cut_in_ones_own_language(house: House) -> None:
    scene = house.scene
    tenant, maya = scene.tenant, await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    await tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.COMPANY_ADMIN.value)
    )
    jo = await german(house, scene.jo)
    form = {"name": "Nudge", "trigger": "manual", "kind-0": "text", "words-0": "word " * 30}
    workflow = (await jo.post("/workflows", data=form)).headers["Location"]
    await jo.post(f"/candidates/{maya}/workflows", data={"workflow_id": workflow.rpartition("/")[2]})
    for address in (workflow, f"{workflow}/figures"):
        words = shown(await jo.get(address)).words
        assert re.search(r"Chat-Nachricht( word)+ ?(\.\.\.|…)", words), words
        assert "Chat message" not in words


async def test_who_was_not_texted_is_counted_in_the_number_of_the_language(house: House) -> None:
    scene = house.scene
    for place in range(3):
        await people.create(scene.tenant, name=f"Maya {place}", number=f"+614915701{place:02}", stage="Interview")
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.COMPANY_ADMIN.value)
    )
    jo = await german(house, scene.jo)
    form = {"name": "May", "body": "Hi", "stage": "Interview"}
    campaign = (await jo.post("/campaigns", data=form)).headers["Location"]
    for job in await jobs.claim(scene.tenant.database, kinds=[campaigns.GATHER], limit=1, lease_seconds=60):
        await campaign_gathering.gather(scene.tenant, job)
    await jo.post(f"{campaign}/cancel")
    assert "3 wurden nicht angeschrieben" in shown(await jo.get(campaign)).words
