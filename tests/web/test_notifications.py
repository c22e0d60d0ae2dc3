"""The notification centre in the browser: the bell, the list, the way to the line, and marking read."""

import pytest

from inbox.messaging import notes
from inbox.storage import notifications as stored
from inbox.storage.columns import new_id
from tests.journeys.elements import Element
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

PAGE = "/notifications"


async def called(house: House, words: str = "look") -> tuple[str, str]:
    """Jo calls Ana; the conversation and the note."""
    conversation = await house.scene.text_in()
    note = await notes.write(
        house.scene.tenant, house.scene.jo, conversation, note_id=new_id(), body=f"@Ana Ruiz {words}"
    )
    return conversation, note.id


def bell(page: Element) -> str:
    """The number on the bell."""
    (number,) = [element.words for element in page if element.attributes.get("data-count") == "notifications"]
    return number


async def test_the_bell_counts_the_list_tells_and_the_line_is_opened_and_read(house: House) -> None:
    conversation, note = await called(house, "<b>look</b>")
    ana, jo = await house.browser(house.scene.ana), await house.browser(house.scene.jo)
    assert bell(shown(await jo.get("/inbox"))) == ""
    page = shown(await ana.get(PAGE))
    assert bell(page) == "1"
    (row,) = page.all("notification")
    assert row.words.startswith("Jo Park mentioned you in a note.+61 491 570 110: @Ana Ruiz <b>look</b>")
    assert row.words.endswith("Unread")
    (link,) = [element.attributes["href"] for element in row if element.tag == "a"]
    assert (await jo.get(link)).status_code == 404
    opened = await ana.get(link)
    assert (opened.status_code, opened.headers["Location"]) == (
        303,
        f"/inbox/c/{conversation}?tab=shared&m={note}#msg-{note}",
    )
    thread = shown(await ana.get(opened.headers["Location"]))
    assert thread.by_id(f"msg-{note}") is not None
    assert bell(thread) == ""
    (row,) = shown(await ana.get(PAGE)).all("notification")
    assert not row.words.endswith("Unread")


async def test_all_that_are_shown_are_marked_read_by_one_press(house: House) -> None:
    await called(house)
    ana = await house.browser(house.scene.ana)
    (upto,) = [field for field in shown(await ana.get(PAGE)) if field.attributes.get("name") == "upto"]
    await called(house, "and this")
    answer = await ana.post(f"{PAGE}/read", data={"upto": upto.attributes["value"]})
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    (rest,) = shown(await ana.get(f"{PAGE}?unread=1")).all("notification")
    assert "and this" in rest.words


async def test_looking_at_the_thread_reads_it_where_the_page_says_so(house: House) -> None:
    conversation, _ = await called(house)
    ana = await house.browser(house.scene.ana)
    await ana.post(f"/inbox/c/{conversation}/read", data={"seen": "9", "notified": ""}, headers=HTMX)
    assert bell(shown(await ana.get("/inbox"))) == "1"
    await ana.post(f"/inbox/c/{conversation}/read", data={"seen": "9", "notified": "1"}, headers=HTMX)
    assert bell(shown(await ana.get("/inbox"))) == ""


async def test_without_any_the_page_says_what_would_stand_there(house: House) -> None:
    ana = await house.browser(house.scene.ana)
    assert "Nothing for you yet." in shown(await ana.get(PAGE)).words
    assert "Nothing unread." in shown(await ana.get(f"{PAGE}?unread=1")).words
    for query in ("before=x", "before=%00", "unread=x"):
        assert (await ana.get(f"{PAGE}?{query}")).status_code == 200
    assert (await ana.get(f"{PAGE}/{new_id()}")).status_code == 404


async def test_one_of_another_part_leads_where_it_says(house: House) -> None:
    tenant, ana = house.scene.tenant, house.scene.ana
    async with tenant.transaction():
        (id,) = await stored.notify(tenant, [ana.id], "low_balance", words="Few <i>left</i>.", address="/account")
    browser = await house.browser(ana)
    assert "Few <i>left</i>." in shown(await browser.get(PAGE)).words
    assert (await browser.get(f"{PAGE}/{id}")).headers["Location"] == "/account"
