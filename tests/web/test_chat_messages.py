"""Chat messages in the browser: the list, the failures, the way into the thread, and the file."""

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from inbox import clock
from inbox.accounts.roles import Role
from inbox.languages import dates
from inbox.languages.readers import Reader
from inbox.messaging import message_log
from inbox.messaging.message_log import Log
from inbox.storage import tables
from tests.messaging.scene import MAYA, TOM
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

PAGE = "/chat-messages"
MELBOURNE = ZoneInfo("Australia/Melbourne")


async def is_now(house: House, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )


async def test_every_message_is_listed_and_leads_to_its_place_in_the_thread(house: House) -> None:
    conversation = await house.scene.text_in(MAYA, "<b>Hello</b>")
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(PAGE))
    (row,) = [element for element in page if element.tag == "tr" and "<b>Hello</b>" in element.words]
    (link,) = [element for element in row if "#msg-" in element.attributes.get("href", "")]
    thread = shown(await jo.get(link.attributes["href"]))
    assert thread.by_id(link.attributes["href"].partition("#")[2]) is not None
    assert link.attributes["href"].startswith(f"/inbox/c/{conversation}?")


async def test_failures_say_why_and_are_narrowed_by_reason(house: House) -> None:
    conversation = await house.scene.text_in()
    await house.scene.failed(conversation, error_code=30006)
    await house.scene.failed(conversation, error_code=30003)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"{PAGE}/failures"))
    assert "The carrier says this number is a landline. It cannot receive texts. 30006" in page.words
    assert len([element for element in page if element.tag == "tr"]) == 3
    narrowed = shown(await jo.get(f"{PAGE}/failures?reason=30006"))
    assert len([element for element in narrowed if element.tag == "tr"]) == 2
    assert "No failures in these days." in shown(await jo.get(f"{PAGE}/failures?reason=1")).words


@pytest.mark.parametrize(
    "query", ["", "?range=today", "?direction=in", "?source=workflow", "?before=x", "?range=x&direction=x&source=x"]
)
async def test_no_filter_breaks_the_page(house: House, query: str) -> None:
    await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    for path in (PAGE, f"{PAGE}/failures"):
        assert (await jo.get(path + query)).status_code == 200
    wrong = shown(await jo.get(f"{PAGE}?range=custom&from=2026-03-12&to=2026-03-01"), status=422)
    assert "To must be the same as or after 12 March 2026" in wrong.words


async def test_load_more_goes_on_where_the_page_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.messaging.message_log.PAGE", 2)
    monkeypatch.setattr("inbox.messaging.message_log.page.__kwdefaults__", {"before": None, "most": 2})
    for number in range(5):
        await house.scene.text_in(MAYA, f"Text {number}")
    jo = await house.browser(house.scene.jo)
    page, found = shown(await jo.get(f"{PAGE}?range=all")), []
    while True:
        found += [element.words for element in page.all("log__text")]
        more = page.by_id("log-more")
        if more is None:
            break
        (link,) = [element for element in more if element.tag == "a"]
        page = shown(await jo.get(link.attributes["href"]))
    assert found == ["Text 4", "Text 3", "Text 2", "Text 1", "Text 0"]


async def test_the_file_holds_every_message_and_no_formula(house: House) -> None:
    for body in ("=1+1", 'say "hi", then\nleave', "@here"):
        await house.scene.text_in(MAYA, body)
    await is_now(house, Role.REPORTER)
    jo = await house.browser(house.scene.jo)
    answer = await jo.get(f"{PAGE}.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="chat-messages.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["Text"] for row in rows] == ["'@here", 'say "hi", then\nleave', "'=1+1"]
    assert {row["Number"] for row in rows} == {f"'{MAYA}"}
    assert {row["State"] for row in rows} == {"Received"}


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.GUEST])
async def test_who_may_not_export_gets_no_file(house: House, role: Role) -> None:
    await is_now(house, role)
    jo = await house.browser(house.scene.jo)
    assert (await jo.get(f"{PAGE}.csv")).status_code == 403
    assert "Export" not in shown(await jo.get(PAGE)).words


async def test_all_of_one_reason_are_tried_again_or_their_numbers_marked_and_the_page_says_so(house: House) -> None:
    scene = house.scene
    maya, tom = await scene.text_in(MAYA), await scene.text_in(TOM)
    await scene.failed(maya, error_code=30003)
    await scene.failed(tom, error_code=30006)
    jo = await house.browser(scene.jo)
    page = shown(await jo.get(f"{PAGE}/failures"))
    assert [element.words for element in page if element.attributes.get("name") == "act"] == [
        "Mark its number",
        "Try 1 again",
    ]
    for act, reason, told in (
        ("retry", "30003", "1 text goes out again."),
        ("mark", "30006", "1 number is marked: nobody texts it any more."),
    ):
        asked = {"act": act, "reason": reason, "range": "month", "from": "", "to": "", "source": "all"}
        answer = await jo.post(f"{PAGE}/failures", data=asked)
        assert answer.status_code == 303
        assert told in shown(await jo.get(answer.headers["location"])).words
    composer = shown(await jo.get(f"/inbox/c/{tom}/composer", headers=HTMX))
    assert "This number is a landline" in composer.words
    assert "Landline" in shown(await jo.get("/candidates")).words
    assert (await jo.post(f"/inbox/c/{tom}/number-works")).status_code == 303
    assert shown(await jo.get(f"/inbox/c/{tom}/composer", headers=HTMX)).by_id("body") is not None


async def test_a_text_that_failed_leads_to_what_can_be_done_about_it(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    for number, code, does in (
        (MAYA, 30006, "Change number"),
        (TOM, 30004, "Call or email"),
        ("+61491570157", 20003, "Settings"),
    ):
        conversation = await scene.text_in(number)
        failed = await scene.failed(conversation, error_code=code)
        bubble = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared")).by_id(f"msg-{failed.id}")
        assert bubble is not None
        assert does in bubble.words
        marked = await jo.post(f"/inbox/c/{conversation}/messages/{failed.id}/number-fails")
        assert marked.status_code == (303 if code == 30006 else 404)
    composer = shown(await jo.get(f"/inbox/c/{await scene.conversation(MAYA)}/composer", headers=HTMX))
    assert "This number is a landline" in composer.words
    assert "Change number" in composer.words
    assert "Note" in composer.words


async def test_who_may_not_reply_can_do_nothing_about_failures(house: House) -> None:
    await house.scene.failed(await house.scene.text_in(), error_code=30003)
    await is_now(house, Role.REPORTER)
    jo = await house.browser(house.scene.jo)
    assert "Try 1 again" not in shown(await jo.get(f"{PAGE}/failures")).words
    assert (await jo.post(f"{PAGE}/failures", data={"act": "retry"})).status_code == 403


async def test_a_row_says_which_way_a_text_went_what_sent_it_and_to_which_number(house: House) -> None:
    conversation = await house.scene.text_in(MAYA, "Hello")
    reply = await house.scene.reply(conversation, "Welcome")
    await house.scene.tenant.execute(
        update(tables.messages).where(tables.messages.c.id == reply.id).values(source="campaign")
    )
    jo = await house.browser(house.scene.jo)
    rows = {row.words: row for row in shown(await jo.get(PAGE)).by_id("log-rows") or () if row.tag == "tr"}
    (out,) = [words for words in rows if "Welcome" in words]
    (came,) = [words for words in rows if "Hello" in words]
    assert " Out " in out
    assert " Campaign " in out
    assert "+61 491 570 110" in out
    assert " In " in came
    assert "Campaign" not in came
    today = dates.date_words(clock.now().astimezone(MELBOURNE).date(), Reader(), year=False)
    assert out.startswith(f"{today}, ")


async def test_the_way_to_the_failures_says_how_many_there_are_but_counts_no_further_than_it_shows(
    house: House,
) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    assert "Failures Days" in shown(await jo.get(PAGE)).words
    await house.scene.failed(conversation, error_code=30006)
    await house.scene.failed(conversation, error_code=30003)
    assert "Failures 2 Days" in shown(await jo.get(PAGE)).words
    assert "Failures Days" in shown(await jo.get(f"{PAGE}?source=campaign")).words
    assert await message_log.failures(house.scene.tenant, Log(), most=1) == 1
