"""Campaigns over the web: written, reviewed, sent, stopped; and who may."""

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
import time_machine
from sqlalchemy import func, select, update

from inbox import clock
from inbox.accounts.roles import Role
from inbox.automation import campaign_files, campaign_gathering, campaign_sending, campaigns
from inbox.candidates import people
from inbox.candidates.choices import Choice
from inbox.errors import NotFound
from inbox.storage import jobs, tables
from inbox.storage.columns import new_id
from tests.messaging.scene import MAYA, TOM
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio


async def worked(house: House) -> None:
    """A worker does one turn of everything that is due."""
    deeds: dict[str, Any] = {campaigns.GATHER: campaign_gathering.gather, campaigns.SEND: campaign_sending.carry_on}
    for job in await jobs.claim(house.scene.tenant.database, kinds=list(deeds), limit=5, lease_seconds=60):
        outcome = await deeds[job.kind](house.scene.tenant, job)
        if outcome is None:
            await jobs.done(house.scene.tenant.database, job)
        else:
            await jobs.again(house.scene.tenant.database, job, seconds=0, counted=False)


async def written(house: House, jo: httpx2.AsyncClient, **changes: str) -> str:
    """The address of a campaign to Maya and Tom, looked through."""
    for name, number in (("Maya Chen", "+61491570110"), ("Tom Okafor", "+61491570156")):
        await people.create(house.scene.tenant, name=name, number=number, stage="Interview")
    fields = {"name": "Thursday", "body": "Hi {{first_name}}, it’s Jo. Free?", "stage": "Interview"} | changes
    answer = await jo.post("/campaigns", data=fields)
    assert answer.status_code == 303, answer.text
    await worked(house)
    return answer.headers["Location"]


async def test_it_is_reviewed_sent_and_told_of(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert "No campaigns yet." in shown(await jo.get("/campaigns")).words
    address = await written(house, jo)
    page = shown(await jo.get(address))
    assert "2 people get it: 2 segments. Balance after: 998." in page.words
    assert "A curly apostrophe (’) makes this text longer" in page.words
    assert "Send to 2 people" in page.words
    assert "stage Interview" in page.words
    assert (await jo.post(f"{address}/send")).status_code == 303
    assert "Sending" in shown(await jo.get(address)).words
    await worked(house)
    people_there = shown(await jo.get(f"{address}/recipients?of=queued")).words
    assert "Maya Chen" in people_there
    assert "Tom Okafor" in people_there
    assert "Thursday" in shown(await jo.get("/campaigns")).words
    assert (await jo.post(f"{address}/pause")).status_code == 303
    page = shown(await jo.get(address))
    assert "Paused" in page.words
    assert "Results" in page.words
    assert "This campaign has gone on meanwhile." in shown(await jo.post(f"{address}/pause"), status=409).words
    assert (await jo.get(f"{address}/edit")).status_code == 303
    again = shown(await jo.get(f"/campaigns/new?like={address.rpartition('/')[2]}"))
    assert again.by_id("name").attributes["value"] == "Thursday (2)"  # type: ignore[union-attr]


async def test_its_page_looks_for_answers_after_it_was_sent_and_its_texts_say_what_wrote_them(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = await written(house, jo)
    await jo.post(f"{address}/send")
    await worked(house)
    await worked(house)
    page = shown(await jo.get(address))
    assert page.by_id("campaign").attributes["hx-trigger"] == "stale, every 15s"  # type: ignore[union-attr]

    conversation = await house.scene.conversation(MAYA)
    await house.scene.reply(conversation, "By hand")
    thread = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    automatic, by_hand = thread.all("msg--out")[:2]
    assert automatic.has("msg--automatic")
    assert "Campaign" in automatic.words
    assert not by_hand.has("msg--automatic")


async def test_a_time_is_typed_in_ones_own_zone_and_checked(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = await written(house, jo)
    for typed, words in (
        ("", "Enter a day and a time."),
        ("2020-01-01T08:00", "This time has passed."),
        ("2200-01-01T08:00", "Choose a time within a year from now."),
    ):
        page = shown(await jo.post(f"{address}/send", data={"when": "later", "at": typed}), status=422)
        assert words in page.words


async def test_wrong_words_stay_in_the_form(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.post("/campaigns", data={"name": "", "body": "<b>Hi {{x}}", "stage": "S"}), status=422)
    assert "Enter a name." in page.words
    assert "There is no field “x”." in page.words
    assert page.by_id("body").words == "<b>Hi {{x}}"  # type: ignore[union-attr]


async def test_one_of_another_organisation_is_not_there(house: House) -> None:
    other = await house.neighbour()
    theirs = await campaigns.create(
        other.tenant, other.jo, name="Theirs", body="Hi", choice=Choice(), only_consented=False
    )
    jo = await house.browser(house.scene.jo)
    for path in ("", "/edit", "/recipients"):
        assert (await jo.get(f"/campaigns/{theirs}{path}")).status_code == 404
    for path in ("", "/send", "/pause", "/resume", "/cancel"):
        assert (await jo.post(f"/campaigns/{theirs}{path}", data={"name": "x", "body": "x"})).status_code == 404
    assert "Theirs" not in shown(await jo.get("/campaigns")).words


async def test_who_may_only_read_sends_nothing(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = await written(house, jo)
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.REPORTER.value)
    )
    assert "Send to" not in shown(await jo.get(address)).words
    for path in ("/campaigns/new", f"{address}/edit"):
        assert (await jo.get(path)).status_code == 403
    for path in ("/campaigns", address, f"{address}/send", f"{address}/cancel"):
        assert (await jo.post(path, data={"name": "x", "body": "x"})).status_code == 403


async def test_the_people_of_a_file_are_looked_up_and_who_is_not_here_is_shown_and_not_added(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    await people.create(house.scene.tenant, name="Maya Chen", number="+61491570110")
    await people.create(house.scene.tenant, name="Tom Okafor", number="+61491570156", email="tom@example.com")
    rows = [
        "Name;Mobile number;Email",
        "Maya;0491 570 110;",
        "Tom;;TOM@example.com",
        "Maya again;+61 491 570 110;",
        "Nobody;0491 570 157;",
        "Wrong;12;",
        "Empty;;",
    ]
    files = {"file": ("june.csv", "\n".join(rows).encode(), "text/csv")}
    answer = await jo.post("/campaigns/files", files=files)
    assert answer.status_code == 303, answer.text
    page = shown(await jo.get(answer.headers["Location"]))
    assert "2 people are here" in page.words
    assert "4 rows are nobody’s" in page.words
    assert "Maya again · +61 491 570 110The same person as in line 2." in page.words
    assert "Nobody · 0491 570 157Nobody here has this number." in page.words
    assert "There is no mobile number and no email in this row." in page.words
    listed = (await jo.get(f"{answer.headers['Location']}/not-matched.csv")).text
    assert listed.splitlines()[0] == "Name,Mobile number,Email,Why not"
    assert len(listed.splitlines()) == 5
    assert await house.scene.tenant.fetch_val(select(func.count()).select_from(tables.candidates)) == 2

    file_id = answer.headers["Location"].rpartition("/")[2]
    form = shown(await jo.get(f"/campaigns/new?file={file_id}"))
    assert "2 people of june.csv" in form.words
    made = await jo.post("/campaigns", data={"name": "June", "body": "Hi {{first_name}}", "file": file_id})
    await worked(house)
    review = shown(await jo.get(made.headers["Location"]))
    assert "2 people get it: 2 segments." in review.words
    assert "The people of june.csv" in review.words
    for content, sentence in ((b"Name\nMaya\n", "No column is called Mobile number"), (b"", "The file is empty.")):
        wrong = await jo.post("/campaigns/files", files={"file": ("wrong.csv", content, "text/csv")})
        assert sentence in shown(wrong, status=422).words
    with pytest.raises(NotFound):
        await campaign_files.find((await house.neighbour()).tenant, file_id)


async def test_the_review_counts_who_is_skipped_and_who_is_held_at_first_and_each_number_is_the_people(
    house: House,
) -> None:
    scene, jo = house.scene, await house.browser(house.scene.jo)
    await scene.text_in(MAYA)
    await scene.text_in(TOM, "STOP")
    for place in range(2):
        await people.create(scene.tenant, name=f"Late {place}", number=f"+4470079001{place:02d}")
    await people.create(scene.tenant, name="No Number", email="n@example.com")
    await scene.reply(await scene.conversation(MAYA), "Hello")
    asleep = "09:00-09:01"
    rules = {"texting_hours": asleep, "daily_cap": 1, "needs_consent": True}
    await scene.tenant.execute(update(tables.companies).values(**rules))
    made = await jo.post("/campaigns", data={"name": "All", "body": "Hi", "q": ""})
    with time_machine.travel(datetime(2026, 11, 27, 3, tzinfo=UTC), tick=False):
        await worked(house)
    page = shown(await jo.get(made.headers["Location"]))
    assert "1 opted out" in page.words
    assert "1 no mobile number" in page.words
    assert "2 no consent on file" in page.words
    assert "1 in quiet hours where they are" in page.words
    hrefs = [href for one in page if "recipients?of=" in (href := one.attributes.get("href") or "")]
    counted = {href: len(shown(await jo.get(href)).all("table__name")) for href in hrefs}
    assert sorted(counted.values()) == [1, 1, 1, 2], counted

    await scene.tenant.execute(update(tables.companies).values(texting_hours=None, needs_consent=False))
    await jo.post(made.headers["Location"], data={"name": "All", "body": "Hi", "q": ""})
    await worked(house)
    page = shown(await jo.get(made.headers["Location"]))
    assert "1 with as many texts in 24 hours as they may get" in page.words


async def test_a_test_to_ones_own_phone_is_charged_and_no_recipient(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = await written(house, jo)
    account = {"name": "Jo Park", "time_zone": "", "mobile": "x"}
    assert "Enter" in shown(await jo.post("/account", data=account), status=422).words
    assert (await jo.post("/account", data=account | {"mobile": "0491 570 159"})).status_code == 303
    page = shown(await jo.get(address))
    assert page.by_id("number").attributes["value"] == "+61 491 570 159"  # type: ignore[union-attr]
    assert "number" in shown(await jo.post(f"{address}/test", data={"number": "12"}), status=422).words
    answer = await jo.post(f"{address}/test", data={"number": "0491 570 159", "id": new_id()})
    assert answer.status_code == 303, answer.text
    page = shown(await jo.get(answer.headers["Location"]))
    assert "The test is on its way." in page.words
    assert "2 people get it: 2 segments." in page.words
    assert "Balance after: 997." in page.words
    (text,) = await house.scene.tenant.fetch_all(select(tables.messages).where(tables.messages.c.direction == "out"))
    assert (text.body, text.source) == ("Hi Maya, it’s Jo. Free?", "person")


async def test_it_is_planned_by_the_clock_of_the_company(house: House) -> None:
    scene = house.scene
    await scene.tenant.execute(update(tables.organisations).values(time_zone="Australia/Sydney"))
    await scene.tenant.execute(update(tables.users).values(time_zone="Europe/London"))
    jo = await house.browser(scene.jo)
    address = await written(house, jo)
    assert "Or later, by the clock of Australia/Sydney" in shown(await jo.get(address)).words
    year = clock.now().year + (clock.now().month > 6)
    await jo.post(f"{address}/send", data={"when": "later", "at": f"{year}-07-01T08:00"})
    at = (await campaigns.find(scene.tenant, address.rpartition("/")[2])).send_at
    assert at == datetime(year, 6, 30, 22, tzinfo=UTC)
    assert "08:00" in shown(await jo.get(address)).words


async def test_its_text_is_written_with_plain_letters_where_these_say_the_same(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = await written(house, jo)
    assert "Use plain letters" in shown(await jo.get(address)).words
    assert (await jo.post(f"{address}/plain")).status_code == 303
    await worked(house)
    page = shown(await jo.get(address)).words
    assert "Hi {{first_name}}, it's Jo. Free?" in page
    assert "2 people get it" in page
    assert "makes this text longer" not in page
    await jo.post(address, data={"name": "Thursday", "body": "Free? 👍", "stage": "Interview"})
    await worked(house)
    page = shown(await jo.get(address)).words
    assert "“👍” makes this text longer" in page
    assert "Use plain letters" not in page


async def test_of_a_canceled_campaign_nobody_is_said_to_be_texted_yet(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = await written(house, jo)
    assert (await jo.post(f"{address}/send")).status_code == 303
    assert "Not sent yet" in shown(await jo.get(address)).words
    assert (await jo.post(f"{address}/cancel")).status_code == 303
    for page in (shown(await jo.get(address)), shown(await jo.get(f"{address}/recipients?of=waiting"))):
        assert "Not sent (canceled)" in page.words
        assert "Not sent yet" not in page.words


async def test_the_review_names_the_field_that_is_empty_and_the_character_that_costs(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    review = shown(await jo.get(await written(house, jo, body="“Hi” from {{city}}"))).words
    assert "2 no value for {{city}}" in review
    assert "A curly quotation mark (“) makes this text longer" in review
