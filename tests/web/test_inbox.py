"""The inbox page, its fragments by target, its filters and its empty states."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from inbox import clock
from inbox.messaging import filters, handling, messages, thread_pages
from inbox.storage import tables
from inbox.storage.columns import db_now, new_id
from tests.journeys.elements import Element
from tests.messaging.scene import MAYA, TOM
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio


def listed(root: Element) -> list[str]:
    """The conversations of a list, in their order."""
    return [row.id.removeprefix("conv-") for row in root.all("conv")]


async def test_the_page_has_list_thread_and_candidate_and_marks_where_it_stands(house: House) -> None:
    conversation = await house.scene.text_in(MAYA)
    await house.scene.text_in(TOM)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    assert len(listed(page)) == 2
    thread, list_ = page.by_id("thread"), page.by_id("conv-list")
    assert thread is not None
    assert list_ is not None
    assert thread.attributes["data-conv"] == conversation
    assert thread.attributes["data-cursor"] == list_.attributes["data-cursor"]
    assert thread.attributes["data-seen"] == "2"
    assert "+61 491 570 110" in page.by_id("preview").words  # type: ignore[union-attr]
    (current,) = [link for link in page.all("conv__link") if "aria-current" in link.attributes]
    assert current.id == f"conv-{conversation}-link"
    assert page.by_id("count-shared").words == "2"  # type: ignore[union-attr]
    assert page.by_id("count-mine").words == ""  # type: ignore[union-attr]


async def test_without_a_conversation_the_page_says_how_to_open_one(house: House) -> None:
    page = shown(await (await house.browser(house.scene.jo)).get("/inbox?tab=shared"))
    assert "Choose a conversation." in page.by_id("thread").words  # type: ignore[union-attr]


async def test_htmx_gets_the_part_it_will_replace(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    for target, there, not_there in (
        ("thread", {"thread", "preview", "composer"}, {"convs", "page"}),
        ("convs", {"convs", "filters", "conv-list", "count-mine"}, {"thread", "page"}),
        ("convs-scroll", {"convs-scroll", "conv-list"}, {"filters", "thread", "page"}),
        ("convs-more", {f"conv-{conversation}"}, {"conv-list", "thread", "page"}),
        ("page", {"page", "convs", "thread", "live"}, set[str]()),
        ("elsewhere", {"page", "convs", "thread", "live"}, set[str]()),
    ):
        answer = await jo.get(f"/inbox/c/{conversation}?tab=shared", headers=HTMX | {"HX-Target": target})
        ids = {element.id for element in shown(answer)}
        assert there <= ids, target
        assert not not_there & ids, target
        assert answer.headers["Vary"].startswith("HX-Request, HX-Target")
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_page_restored_from_the_history_is_whole(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    answer = await jo.get("/inbox", headers=HTMX | {"HX-Target": "convs", "HX-History-Restore-Request": "true"})
    assert shown(answer).by_id("page") is not None


async def test_mine_shared_unread_failed_and_words_narrow_the_list(house: House) -> None:
    scene = house.scene
    maya, tom, ines = [await scene.text_in(number) for number in (MAYA, TOM, "+61491570157")]
    await scene.reply(maya, "The nurse job", who=scene.jo)
    await scene.failed(tom)
    jo = await house.browser(scene.jo)
    for query, wanted in (
        ("", [tom, maya]),
        ("?tab=shared", [tom, maya, ines]),
        ("?tab=shared&unread=1", [ines]),
        ("?tab=shared&failed=1", [tom]),
        ("?tab=shared&unread=1&failed=1", []),
        ("?tab=shared&q=nurse", [maya]),
        ("?tab=shared&q=491+570+157", [ines]),
        ("?tab=shared&range=today", [tom, maya, ines]),
        ("?tab=shared&range=custom&from=2020-01-01&to=2020-01-31", []),
        ("?tab=shared&range=nonsense", [tom, maya, ines]),
    ):
        assert listed(shown(await jo.get(f"/inbox{query}"))) == wanted, query


async def test_a_search_shows_the_line_it_found_and_not_the_last_one(house: House) -> None:
    conversation = await house.scene.text_in(MAYA, "Is the <b>nurse</b> job open?")
    await house.scene.reply(conversation, "It is", who=house.scene.jo)
    jo = await house.browser(house.scene.jo)
    found = shown(await jo.get("/inbox?tab=shared&q=nurse")).first("conv__text")
    assert found is not None
    assert found.words == "Is the <b>nurse</b> job open?"
    assert [mark.words for mark in found if mark.tag == "mark"] == ["nurse"]
    last = shown(await jo.get("/inbox?tab=shared")).first("conv__text")
    assert last is not None
    assert last.words == "Jo: It is"


async def test_a_search_opens_the_thread_at_the_line_it_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (messages, thread_pages):
        monkeypatch.setattr(module, "PAGE", 4)
    for place in range(12):
        conversation = await house.scene.text_in(MAYA, "The nurse job?" if place == 5 else f"Text {place}")
    jo = await house.browser(house.scene.jo)
    row = shown(await jo.get("/inbox?tab=shared&q=nurse")).by_id(f"conv-{conversation}-link")
    assert row is not None
    address, _, line = row.attributes["href"].partition("#")
    assert address.startswith(f"/inbox/c/{conversation}?tab=shared&q=nurse&m=")
    for headers in (HTMX | {"HX-Target": "thread"}, {}):
        page = shown(await jo.get(address, headers=headers))
        assert texts_of(page) == ["Text 3", "Text 4", "The nurse job?", "Text 6", "Text 7", "Text 8"]
        thread, newer = page.by_id("thread"), page.by_id("newer")
        assert page.by_id(line) is not None
        assert page.by_id("older") is not None
        assert thread is not None
        assert newer is not None
        assert thread.attributes["data-seen"] == "9"  # what lies below has not been seen
        (link,) = [element.attributes["href"] for element in newer if element.tag == "a"]
    for headers in (HTMX | {"HX-Target": "newer"}, {}):
        rest = shown(await jo.get(link, headers=headers))
        assert texts_of(rest) == ["Text 9", "Text 10", "Text 11"]
        assert rest.by_id("newer") is None
        assert (rest.by_id("page") is None) == bool(headers)
    assert (await jo.get(f"/inbox/c/{conversation}/messages?after=x")).status_code == 200
    newest = shown(await jo.get(f"/inbox/c/{conversation}?m={new_id()}"))
    assert texts_of(newest)[-1] == "Text 11"


def texts_of(page: Element) -> list[str]:
    """The texts of the bubbles, in their order."""
    return [element.words for element in page if "data-text" in element.attributes and element.words]


async def test_waiting_lists_who_has_no_answer_yet_longest_first_page_by_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "PAGE", 2)
    scene = house.scene
    maya, tom, ines = [await scene.text_in(number) for number in (MAYA, TOM, "+61491570157")]
    late = await scene.text_in("+61491570158", "The nurse job?")
    await scene.reply(tom, "Yes", who=scene.jo)
    await scene.text_in(MAYA, "Hello again")
    jo = await house.browser(scene.jo)
    page = shown(await jo.get("/inbox?tab=shared&waiting=1"))
    assert listed(page) == [maya, ines]
    assert page.by_id("convs-total").words == "2 who wait longest"  # type: ignore[union-attr]
    more = page.by_id("convs-more")
    assert more is not None
    (further,) = [element.attributes["href"] for element in more if element.tag == "a"]
    assert listed(shown(await jo.get(further))) == [late]
    for query, wanted in (
        ("?tab=shared&waiting=1&q=nurse", [late]),
        ("?tab=shared&waiting=1&range=custom&from=2020-01-01&to=2020-01-31", []),
        ("?waiting=1", []),
    ):
        assert listed(shown(await jo.get(f"/inbox{query}"))) == wanted, query


async def test_shared_is_narrowed_by_who_has_a_conversation(house: House) -> None:
    anas, nobodys = await house.scene.text_in(MAYA), await house.scene.text_in(TOM)
    await handling.assign(house.scene.tenant, house.scene.ana, anas, house.scene.ana.id, version=0)
    jo, ana = await house.browser(house.scene.jo), house.scene.ana.id
    for query, wanted in (
        ("?tab=shared", [nobodys, anas]),
        ("?tab=shared&owner=nobody", [nobodys]),
        (f"?tab=shared&owner={ana}", [anas]),
        (f"?tab=shared&owner={ana}&unread=1", [anas]),
        (f"?tab=shared&owner={ana}&closed=1", []),
        (f"?tab=shared&owner={house.scene.jo.id}", []),
        ("?tab=shared&owner=no+id", [nobodys, anas]),
        (f"?owner={ana}", []),
    ):
        assert listed(shown(await jo.get(f"/inbox{query}"))) == wanted, query

    page = shown(await jo.get(f"/inbox?tab=shared&owner={ana}"))
    chosen = page.by_id("owner")
    assert chosen is not None
    assert [option.words for option in chosen if option.tag == "option"] == [
        "Everybody",
        "Unassigned",
        "Ana Ruiz",
        "Jo Park (you)",
    ]
    assert shown(await jo.get("/inbox")).by_id("owner") is None
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == ana).values(deactivated_at=db_now())
    )
    left = shown(await jo.get(f"/inbox?tab=shared&owner={ana}"))
    assert listed(left) == [anas]
    (kept,) = [option for option in left.by_id("owner") or () if "selected" in option.attributes]
    assert (kept.words, kept.attributes["value"]) == ("Somebody else", ana)


async def test_an_empty_list_says_what_there_is_none_of(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    for query, words in (
        ("?tab=shared", "No text conversations yet."),
        ("", "No text conversations yet."),
        ("?tab=shared&failed=1&range=today", "No failed messages today."),
        ("?tab=shared&q=%3Cb%3E", "No messages match “<b>”."),
    ):
        empty = shown(await jo.get(f"/inbox{query}")).by_id("convs-empty")
        assert empty is not None
        assert empty.words.startswith(words)


async def test_an_empty_mine_says_how_many_wait_in_shared(house: House) -> None:
    await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    empty = shown(await jo.get("/inbox")).by_id("convs-empty")
    assert empty is not None
    assert empty.words == "Nothing waits for you. 1 is in Shared."
    empty = shown(await jo.get("/inbox?unread=1")).by_id("convs-empty")
    assert empty is not None
    assert "1 in Shared" in empty.words


async def test_a_wrong_day_is_answered_with_a_sentence_and_a_list_all_the_same(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    for headers in ({}, HTMX | {"HX-Target": "convs-scroll"}, HTMX | {"HX-Target": "convs"}):
        root = shown(await jo.get("/inbox?tab=shared&from=2026-02-30&to=x", headers=headers), 422)
        assert "From must be a real date" in root.words
        assert listed(root) == [conversation]
        backwards = shown(await jo.get("/inbox?tab=shared&from=2026-03-02&to=2026-03-01", headers=headers), 422)
        assert "To must be the same as or after 2 March 2026" in backwards.words


async def test_load_more_walks_through_every_conversation_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "PAGE", 3)
    opened = [await house.scene.text_in(f"+614915701{place:02d}") for place in range(8)]
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get("/inbox?tab=shared"))
    found = listed(page)
    for _ in range(5):
        more = page.by_id("convs-more")
        if more is None:
            break
        (link,) = [element for element in more if element.tag == "a"]
        page = shown(await jo.get(link.attributes["href"], headers=HTMX | {"HX-Target": "convs-more"}))
        found += listed(page)
    assert found == opened[::-1]
    whole = shown(await jo.get(link.attributes["href"]))
    assert whole.by_id("page") is not None


async def test_earlier_messages_come_page_by_page_with_and_without_scripts(house: House) -> None:
    for place in range(45):
        conversation = await house.scene.text_in(MAYA, f"Text {place}")
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}"))
    bubbles = [bubble for bubble in page.all("msg") if bubble.id != "msg-"]
    assert len(bubbles) == 40
    (link,) = [element for element in page.by_id("older") or [] if element.tag == "a"]
    for headers in (HTMX | {"HX-Target": "older"}, {}):
        earlier = shown(await jo.get(link.attributes["href"], headers=headers))
        texts = [element.raw for element in earlier if "data-text" in element.attributes and element.raw]
        assert texts == [f"Text {place}" for place in range(5)]
        assert earlier.by_id("older") is None


async def test_each_day_of_a_thread_begins_with_its_name_once(house: House) -> None:
    for body in ("One", "Two", "Three"):
        conversation = await house.scene.text_in(MAYA, body)
    await house.scene.tenant.execute(
        update(tables.messages).where(tables.messages.c.body == "One").values(at=clock.now() - timedelta(days=3))
    )
    page = shown(await (await house.browser(house.scene.jo)).get(f"/inbox/c/{conversation}"))
    history = page.by_id("thread-history")
    assert history is not None
    kinds = [element.attributes["class"].split()[0] for element in history if element.tag == "li"]
    assert kinds == ["day", "msg", "day", "msg", "msg"]


async def test_typing_a_search_replaces_the_address_instead_of_adding_to_the_history(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    typed = await jo.get("/inbox?tab=shared&q=nu", headers=HTMX | {"HX-Target": "convs-scroll", "HX-Trigger-Name": "q"})
    assert typed.headers["HX-Replace-Url"] == "/inbox?tab=shared&q=nu"
    chosen = await jo.get(
        "/inbox?tab=shared&range=today", headers=HTMX | {"HX-Target": "convs-scroll", "HX-Trigger-Name": "range"}
    )
    assert "HX-Replace-Url" not in chosen.headers


async def test_an_address_of_nothing_is_a_page_that_says_so(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    for place in ("x", "123", "", new_id(), "%00"):
        answer = await jo.get(f"/inbox/c/{place}")
        assert answer.status_code == 404, place
        assert "There is nothing here." in answer.text, place


async def test_no_query_breaks_the_page(house: House) -> None:
    await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    for query in (
        "before=x",
        "before=99999999999999999.x",
        "before=00000000000000001.not-a-uuid-but-thirty-six-long-okay!",
        "tab=%00&q=%00",
        "q=" + "x" * 5_000,
        "from=%F0%9F%91%8D&to=-1",
        "q=%ff",
        "q=%25%5C_&q=again",
    ):
        assert (await jo.get(f"/inbox?{query}")).status_code in {200, 422}, query


async def test_nothing_of_another_organisation_is_listed_counted_or_found(house: House) -> None:
    other = await house.neighbour()
    await other.text_in(MAYA, "A secret")
    jo = await house.browser(house.scene.jo)
    for query in ("", "?tab=shared", "?tab=shared&q=secret", "?tab=shared&q=491570110", "?tab=shared&unread=1"):
        answer = await jo.get(f"/inbox{query}")
        page = shown(answer)
        assert listed(page) == []
        assert page.by_id("count-shared").words == ""  # type: ignore[union-attr]
        assert "A secret" not in answer.text


async def test_a_page_is_sent_short_to_who_takes_it_so(house: House) -> None:
    await house.scene.text_in(MAYA, "Hello")
    jo = await house.browser(house.scene.jo)
    short = await jo.get("/inbox?tab=shared")
    long = await jo.get("/inbox?tab=shared", headers={"Accept-Encoding": "identity"})
    assert short.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in long.headers
    assert "Accept-Encoding" in short.headers["Vary"]
    assert "Accept-Encoding" in long.headers["Vary"]
    assert 3 * int(short.headers["Content-Length"]) < int(long.headers["Content-Length"])
    assert "Hello" in short.text
    assert "Hello" in long.text


async def test_below_what_a_search_finds_stands_what_the_closed_and_snoozed_lists_have(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = house.scene
    for number in range(12):
        conversation = await scene.text_in(f"+4477009002{number:02d}", "About the night shift")
        if number < 10:
            version = (await scene.row(conversation)).version
            await handling.close(scene.tenant, scene.jo, conversation, version=version, seen=1_000)
    snoozed, jo = await scene.text_in(MAYA, "The night shift?"), await house.browser(scene.jo)
    until = clock.now() + timedelta(days=1)
    await handling.snooze(scene.tenant, scene.jo, snoozed, until, version=0, seen=1_000)

    page = shown(await jo.get("/inbox?tab=shared&q=night+shift"))
    assert len(listed(page)) == 2
    also = page.by_id("convs-elsewhere")
    assert also is not None
    assert also.words == "Also found: 9+ closed 1 snoozed"
    assert page.by_id("convs-empty") is None
    assert shown(await jo.get("/inbox?tab=shared")).by_id("convs-elsewhere") is None
    assert shown(await jo.get("/inbox?tab=shared&q=night&snoozed=1")).by_id("convs-elsewhere") is not None

    monkeypatch.setattr(filters, "PAGE", 1)
    first = shown(await jo.get("/inbox?tab=shared&q=night+shift"))
    assert first.by_id("convs-elsewhere") is None
    more = str(first.by_id("convs-more").all("btn")[0].attributes["href"])  # type: ignore[union-attr]
    last = shown(await jo.get(more, headers=HTMX | {"HX-Target": "convs-more"}))
    assert last.by_id("convs-elsewhere") is not None
