"""Reports > Chat over the web: its numbers lead to what they count."""

import io
import zipfile
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.languages import dates
from inbox.languages.readers import Reader
from inbox.messaging import shared_numbers
from inbox.reports import export_writing
from inbox.reports.exports import WRITE
from inbox.storage import jobs, tables
from inbox.web import exports, response_report
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
    (days,) = page.all("chart__days")
    local = message.at.astimezone(ZoneInfo("Australia/Melbourne"))
    assert days.words == dates.short_words(local.date(), Reader())
    links = [link for element in page if "/reports/chat/candidates" in (link := element.attributes.get("href") or "")]
    for link in links:
        assert "+61 491 570 110" in shown(await jo.get(link)).words
    texts = [link for element in page if (link := element.attributes.get("href") or "").startswith("/chat-messages?")]
    assert len(texts) == 8  # of the total and of the day
    for link in texts:
        words = shown(await jo.get(link)).by_id("log-rows").words  # type: ignore[union-attr]
        assert ("Hello" in words) is ("state=" not in link)
        assert ("Are you free?" in words) is ("direction=in" not in link)


async def test_behind_a_number_nobody_is_named_whose_texts_may_be_somebody_elses(house: House) -> None:
    scene = house.scene
    await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    ana = await people.create(scene.tenant, name="Ana Chen")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, ana, MAYA, actor_id=None)
    conversation = await scene.text_in(MAYA)
    await scene.accepted(await scene.reply(conversation, "Hi"))
    jo = await house.browser(scene.jo)
    page = shown(await jo.get("/reports/chat/candidates?of=sent"))
    row = page.by_id("people-rows")
    assert row is not None
    assert "Chen" not in row.words
    assert "+61 491 570 110" in row.words
    assert [one.attributes["href"] for one in row if one.tag == "a"] == [f"/inbox/c/{conversation}"]
    version = (await scene.row(conversation)).version
    await shared_numbers.choose(scene.tenant, scene.jo, conversation, ana, version=version)
    assert "Ana Chen" in shown(await jo.get("/reports/chat/candidates?of=sent")).words


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


async def test_a_report_that_takes_long_to_count_is_written_by_a_worker_in_the_readers_words(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = house.scene
    message = await scene.reply(await scene.text_in(MAYA), "Hi")
    await scene.accepted(message)
    me = tables.users.c.id == scene.jo.id
    await scene.tenant.execute(update(tables.users).where(me).values(role=Role.REPORTER.value, language="de"))
    jo = await house.browser(scene.jo)
    for format in ("csv", "xlsx"):
        at_once = await jo.get(f"/reports/chat.{format}?range=all")
        with monkeypatch.context() as patch:
            patch.setattr(exports, "SECONDS", 0.0)
            asked = await jo.get(f"/reports/chat.{format}?range=all")
        export_id = asked.headers["Location"].partition("asked=")[2]
        [job] = await jobs.claim(scene.tenant.database, kinds=[WRITE], limit=5, lease_seconds=60)
        assert await export_writing.write(scene.tenant, job) is None
        await jobs.done(scene.tenant.database, job)
        written = await jo.get(f"/exports/{export_id}/chat-report.{format}")
        if format == "csv":
            assert written.text == at_once.text
            lines = at_once.text.splitlines()
            assert lines[:2] == ["Kandidaten", "Kandidaten,Anzahl"]
            assert next(line.split(",")[:2] for line in lines if line.startswith("Alle")) == ["Alle", "1"]
            assert "Nach Recruiter" in lines
        else:
            both = [zipfile.ZipFile(io.BytesIO(one.content)) for one in (at_once, written)]
            sheets = [name for name in both[0].namelist() if name.startswith("xl/worksheets/sheet")]
            assert len(sheets) == 8
            assert all(both[0].read(name) == both[1].read(name) for name in (*sheets, "xl/workbook.xml"))
            assert b'name="Nach Recruiter"' in both[0].read("xl/workbook.xml")
        assert "Chat-Bericht" in shown(await jo.get("/exports")).words


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
