"""Text Engage over the web: written, moved about, played, paused; and texted to by Twilio's front door."""

import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.storage import tables
from tests.automation.chatbot import NUMBER, made, said, texted, worked
from tests.messaging.scene import MAYA
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what pages do; the statements are run on both elsewhere."""

JOIN = {
    "name": "Join us",
    "kind": "join",
    "keywords": "JOIN",
    "tag": "Network",
    "hours": "24",
    "welcome": "Welcome!",
    "consent": "May we?",
    "declined": "All right.",
    "goodbye": "Bye!",
    "handover": "A person comes.",
    "tries": "3",
    "number": "2",
    "ask-0": "Your name?",
    "kind-0": "text",
    "fills-0": "name",
    "ask-1": "Nurse or carer?",
    "kind-1": "choice",
    "options-1": "Nurse\nCarer",
}


@on_sqlite
async def test_an_intent_is_written_and_read_as_a_path_and_paused(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get("/chatbot"))
    assert "No intents yet." in page.words
    assert "There is no Company Chatbot Phone Number yet" in page.words
    assert shown(await jo.get("/chatbot/new?kind=apply")).by_id("job") is not None
    address = (await jo.post("/chatbot", data=JOIN)).headers["Location"]
    page = shown(await jo.get(address))
    for words in ("JOIN", "Welcome!", "May we? (YES or NO)", "Your name?", "1 Nurse", "Bye!", "Version 1"):
        assert words in page.words
    assert (await jo.post(f"{address}/state", data={"state": "paused"})).status_code == 303
    assert "Paused" in shown(await jo.get("/chatbot")).words
    assert (await jo.post(f"{address}/state", data={"state": "gone"})).status_code == 404
    form = shown(await jo.get(f"{address}/edit"))
    assert form.by_id("options-1").words.split() == ["Nurse", "Carer"]  # type: ignore[union-attr]
    changed = JOIN | {"welcome": "Hello!", "version": "1"}
    assert (await jo.post(address, data=changed)).status_code == 303
    assert "Version 2" in shown(await jo.get(address)).words
    assert "changed this intent meanwhile" in shown(await jo.post(address, data=changed), status=409).words


@on_sqlite
@pytest.mark.parametrize(
    ("act", "asked"),
    [
        ("add", ["Your name?", "Nurse or carer?", ""]),
        ("up-1", ["Nurse or carer?", "Your name?"]),
        ("down-0", ["Nurse or carer?", "Your name?"]),
        ("up-0", ["Your name?", "Nurse or carer?"]),
        ("remove-0", ["Nurse or carer?"]),
        ("remove-9", ["Your name?", "Nurse or carer?"]),
    ],
)
async def test_questions_are_added_moved_and_removed_before_anything_is_kept(
    house: House, act: str, asked: list[str]
) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.post("/chatbot", data=JOIN | {"act": act, "name": ""}))
    assert [page.by_id(f"ask-{place}").words for place in range(len(asked))] == asked  # type: ignore[union-attr]
    assert page.by_id(f"ask-{len(asked)}") is None
    assert "No intents yet." in shown(await jo.get("/chatbot")).words


@on_sqlite
async def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_typed_is_lost(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    wrong = JOIN | {"name": "", "keywords": "STOP", "options-1": "<b>One", "ask-0": "", "hint-0": "again"}
    page = shown(await jo.post("/chatbot", data=wrong), status=422)
    for words in ("Enter a name.", "means something to the networks", "Write 2 to 9 choices", "Write the question."):
        assert words in page.words
    assert page.by_id("options-1").words == "<b>One"  # type: ignore[union-attr]


@on_sqlite
async def test_the_simulator_plays_the_dialogue_and_keeps_nothing(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = (await jo.post("/chatbot", data=JOIN)).headers["Location"]
    simulator = f"{address}/simulator"
    page = shown(await jo.post(simulator, data={"said": ["yes"], "text": "Maya"}))
    assert page.by_id("simulator").words.count("1 Nurse") == 1  # type: ignore[union-attr]
    headers = HTMX | {"HX-Target": "simulator"}
    part = shown(await jo.post(simulator, data={"said": ["yes", "Maya"], "text": "carer"}, headers=headers))
    assert "Bye!" in part.words
    assert "The dialogue is finished." in part.words
    assert part.by_id("simulator-text") is None
    part = shown(await jo.post(simulator, data={"said": ["yes"], "text": "STOP", "known": "1"}, headers=headers))
    assert "Nurse or carer?" in part.words
    assert "STOP ends all texts." in part.words
    part = shown(await jo.post(simulator, data={"said": ["yes"], "text": "x", "again": "1"}, headers=headers))
    assert "Your name?" not in part.words
    for table in (tables.chatbot_sessions, tables.messages):
        assert await house.scene.tenant.fetch_all(select(table)) == []


async def test_a_text_by_the_front_door_is_answered_once_however_often_twilio_tells_of_it(house: House) -> None:
    scene = house.scene
    await made(scene)
    text = house.text("JOIN", To=NUMBER)
    for _ in range(3):
        assert (await house.call(scene.account.message_path, text)).status_code == 200
        await worked(scene)
    # A second number is on its way at the same time, and a second text of the first one.
    for body, sender in (("join", "+61491570156"), ("yes", MAYA)):
        assert (await house.text_in(body, To=NUMBER, From=sender)).status_code == 200
    await worked(scene)
    assert sorted(await said(scene)) == [
        "Welcome!\n\nMay we keep your answers? (YES or NO)",
        "Welcome!\n\nMay we keep your answers? (YES or NO)",
        "What is your name?",
    ]
    jo = await house.browser(scene.jo)
    page = shown(await jo.get("/inbox?tab=shared"))
    assert "Text Engage" in page.words
    thread = shown(await jo.get(f"/inbox/c/{await scene.conversation(MAYA)}"))
    assert "With Text Engage until somebody replies" in thread.words
    await worked(scene)
    await scene.reply(await scene.conversation(MAYA))
    thread = shown(await jo.get(f"/inbox/c/{await scene.conversation(MAYA)}"))
    assert "Text Engage handed over: Jo Park replied." in thread.words


async def test_dialogues_are_listed_counted_in_the_report_and_exported(house: House) -> None:
    scene = house.scene
    intent = await made(scene)
    await texted(scene, "JOIN", "yes", "=Maya", "nurse", "tomorrow", "m@example.com")
    await texted(scene, "JOIN", "person", sender="+61491570156")
    jo = await house.browser(scene.jo)
    page = shown(await jo.get(f"/chatbot/{intent.id}/sessions"))
    assert "Handed over: they asked for a person" in page.words
    assert "m@example.com" in page.words
    assert "m@example.com" not in shown(await jo.get(f"/chatbot/{intent.id}/sessions?state=handed")).words
    report = shown(await jo.get("/reports/chat?usage=chatbot&range=all"))
    assert [words in report.words for words in ("Started 2", "Finished 1", "Handed over 1", "Dropped 0")] == [True] * 4
    assert "+61 491 570 156" in shown(await jo.get("/reports/chat/candidates?usage=chatbot&of=handed_over")).words
    export = f"/chatbot/{intent.id}/sessions.csv"
    assert (await jo.get(export)).status_code == 403
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.COMPANY_ADMIN.value)
    )
    lines = (await jo.get(export)).text.splitlines()
    assert lines[0].startswith(
        "Candidate,State,Reason,Begun (UTC),Ended (UTC),May we keep your answers?,What is your name?"
    )
    assert "'=Maya,Finished" in lines[2]


@on_sqlite
async def test_one_of_another_organisation_is_not_there_and_readers_change_nothing(house: House) -> None:
    theirs = await made(await house.neighbour())
    jo = await house.browser(house.scene.jo)
    for path in ("", "/edit", "/sessions"):
        assert (await jo.get(f"/chatbot/{theirs.id}{path}")).status_code == 404
    for path in ("", "/state", "/simulator"):
        assert (await jo.post(f"/chatbot/{theirs.id}{path}", data=JOIN | {"state": "paused"})).status_code == 404
    mine = await made(house.scene)
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.REPORTER.value)
    )
    assert (await jo.get("/chatbot/new")).status_code == 403
    for path in ("/chatbot", f"/chatbot/{mine.id}", f"/chatbot/{mine.id}/state"):
        assert (await jo.post(path, data=JOIN)).status_code == 403
    assert "New: " not in shown(await jo.get("/chatbot")).words


@on_sqlite
async def test_whoever_reads_german_begins_with_german_words_and_may_have_it_speak_either(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    await jo.post("/account/language", data={"language": "de", "dates": "", "hours": "24"})
    form = shown(await jo.get("/chatbot/new?kind=join"))
    assert form.by_id("goodbye").words == "Vielen Dank! Ein Recruiter liest das und schreibt Ihnen."  # type: ignore[union-attr]
    assert "Wählen Sie eine Sprache." in shown(await jo.post("/chatbot", data=JOIN | {"language": "xx"}), 422).words
    address = (await jo.post("/chatbot", data=JOIN | {"language": "de"})).headers["Location"]
    assert "May we? (JA oder NEIN)" in shown(await jo.get(address)).words
    played = shown(await jo.post(f"{address}/simulator", data={"text": "hilfe"}))
    assert "ZURÜCK" in played.by_id("simulator").words  # type: ignore[union-attr]
