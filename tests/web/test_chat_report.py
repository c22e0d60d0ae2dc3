"""Reports > Chat over the web: its numbers lead to what they count."""

import io
import zipfile

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.storage import tables
from inbox.web import response_report
from tests.messaging.scene import MAYA
from tests.web.house import House, shown

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases]


async def test_each_number_leads_to_exactly_what_it_counts(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    assert "No texts in these days." in shown(await jo.get("/reports/chat")).words
    message = await scene.reply(await scene.text_in(MAYA, "Hello"), "Are you free?")
    await scene.report(message, "delivered", sid=await scene.accepted(message))
    page = shown(await jo.get("/reports/chat?range=7d"))
    assert "Total 1 1 0 1 2" in page.words
    links = [link for element in page if "/reports/chat/candidates" in (link := element.attributes.get("href") or "")]
    for link in links:
        assert "+61 491 570 110" in shown(await jo.get(link)).words
    texts = [link for element in page if (link := element.attributes.get("href") or "").startswith("/chat-messages?")]
    assert len(texts) == 8  # of the total and of the day
    for link in texts:
        words = shown(await jo.get(link)).by_id("log-rows").words  # type: ignore[union-attr]
        assert ("Hello" in words) is ("state=" not in link)
        assert ("Are you free?" in words) is ("direction=in" not in link)


async def test_a_wrong_day_is_said_and_the_report_is_still_there(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get("/reports/chat?range=custom&from=x&usage=campaign"), status=422)
    assert "must be a real date" in page.words
    assert "No campaign texts in these days." in page.words
    assert shown(await jo.get("/reports/chat?usage=nothing&range=never")).words
    assert "Nobody." in shown(await jo.get("/reports/chat/candidates?of=nothing&after=x")).words


async def test_the_file_is_for_who_may_export_and_holds_no_formula(house: House) -> None:
    scene = house.scene
    message = await scene.reply(await scene.text_in(MAYA), "Hi")
    await scene.accepted(message)
    await scene.tenant.execute(update(tables.messages).where(tables.messages.c.id == message.id).values(job="=1+2"))
    jo = await house.browser(scene.jo)
    assert (await jo.get("/reports/chat.csv")).status_code == (await jo.get("/reports/chat.xlsx")).status_code == 403
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.REPORTER.value)
    )
    lines = (await jo.get("/reports/chat.csv")).text.splitlines()
    assert lines[:2] == ["Candidates", "Candidates,Number"]
    assert "1,0,0,1,2" in next(line for line in lines if line.startswith("2"))
    assert any(line.startswith("'=1+2,1,") for line in lines)
    book = zipfile.ZipFile(io.BytesIO((await jo.get("/reports/chat.xlsx")).content))
    written = "".join(book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
    assert "<t>=1+2</t>" in written
    assert "<f>" not in written


async def test_a_long_table_says_that_it_is_cut_and_the_file_is_whole(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_report, "MOST_ROWS", 2)
    scene, conversation = house.scene, await house.scene.text_in(MAYA)
    for job in ("Nurse", "Welder", "Cook"):
        message = await scene.reply(conversation, f"About {job}")
        await scene.accepted(message)
        await scene.tenant.execute(update(tables.messages).where(tables.messages.c.id == message.id).values(job=job))
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.REPORTER.value)
    )
    jo = await house.browser(scene.jo)
    page = shown(await jo.get("/reports/response")).words
    assert "Cook" in page
    assert "Welder" not in page
    assert "These are the 2 with most texts of 3. The files have all of them." in page
    lines = (await jo.get("/reports/chat.csv")).text.splitlines()
    assert {line.partition(",")[0] for line in lines} >= {"Nurse", "Welder", "Cook"}
