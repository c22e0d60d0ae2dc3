"""The composer: with htmx and without, from a page of ours only, and what was typed is never lost."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select, update

from inbox.accounts.roles import ALLOWED, Act, Role
from inbox.messaging import messages, scheduled_texts
from inbox.storage import tables
from inbox.storage.columns import new_id
from providers.contract import DeliveryStatus
from tests.journeys.elements import Element
from tests.messaging.scene import MAYA
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio


async def sent(house: House) -> list[str]:
    """The words of every reply that was taken."""
    rows = await house.scene.tenant.fetch_all(
        select(tables.messages).where(tables.messages.c.direction == "out").order_by(tables.messages.c.seq)
    )
    return [row.body for row in rows]


def notice(root: Element) -> str:
    """The sentence beside the composer."""
    (line,) = [element for element in root if "#composer-notice" in element.attributes.get("hx-swap-oob", "")]
    return line.words


async def test_htmx_gets_the_bubble_and_what_to_have_seen(house: House) -> None:
    conversation, id = await house.scene.text_in(), str(uuid4())
    jo = await house.browser(house.scene.jo)
    answer = await jo.post(
        f"/inbox/c/{conversation}/messages",
        data={"body": "At ten?", "id": id, "seen": "1", "number": MAYA},
        headers=HTMX,
    )
    root = shown(answer)
    (bubble,) = root.all("msg")
    assert (bubble.id, bubble.first("msg__author").words) == (f"msg-{id}", "Jo Park")  # type: ignore[union-attr]
    assert notice(root) == ""
    assert answer.headers["X-Seen"] == "2"
    assert (answer.headers["Vary"], answer.headers["Cache-Control"]) == ("HX-Request, HX-Target", "no-store")
    assert await sent(house) == ["At ten?"]


async def test_a_plain_form_leads_back_to_the_thread(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    answer = await jo.post(f"/inbox/c/{conversation}/messages", data={"body": "line\r\nbreak", "id": "", "seen": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/inbox/c/{conversation}")
    assert await sent(house) == ["line\nbreak"]
    page = shown(await jo.get(answer.headers["Location"]))
    assert [bubble.attributes["data-dir"] for bubble in page.all("msg") if bubble.id != "msg-"] == ["in", "out", "note"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [("  ", "Write something first."), ("x" * 1601, "1,601 of 1,600 characters. Shorten it by 1.")],
)
async def test_a_refused_text_stays_in_the_composer_with_the_reason(house: House, body: str, sentence: str) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    fields = {"body": body, "seen": "1"}
    fragment = shown(await jo.post(f"/inbox/c/{conversation}/messages", data=fields, headers=HTMX), 422)
    assert notice(fragment) == sentence
    page = shown(await jo.post(f"/inbox/c/{conversation}/messages", data=fields), 422)
    assert page.by_id("composer-notice").words == sentence  # type: ignore[union-attr]
    assert page.by_id("body").raw == body  # type: ignore[union-attr]
    assert await sent(house) == []


async def test_a_held_text_stays_in_the_composer_and_passes_with_what_was_shown(house: House) -> None:
    conversation = await house.scene.text_in()
    await house.scene.text_in(MAYA, "Wait")
    jo = await house.browser(house.scene.jo)
    address, words = f"/inbox/c/{conversation}/messages", "A new message arrived while you were writing."
    held = await jo.post(address, data={"body": "Ten", "seen": "1"}, headers=HTMX)
    assert words in notice(shown(held, 409))
    assert held.headers["X-Seen"] == "2"
    plain = await jo.post(address, data={"body": "Ten", "seen": "1"})
    page = shown(plain, 409)
    assert words in page.by_id("composer-notice").words  # type: ignore[union-attr]
    assert page.by_id("body").raw == "Ten"  # type: ignore[union-attr]
    (seen,) = [element for element in page.by_id("composer") if element.attributes.get("name") == "seen"]
    assert seen.attributes["value"] == "2"
    assert await sent(house) == []
    assert (await jo.post(address, data={"body": "Ten", "seen": "2"}, headers=HTMX)).status_code == 200


async def test_a_text_is_held_with_the_name_and_the_words_of_the_colleague_who_was_faster(house: House) -> None:
    conversation = await house.scene.text_in()
    await house.scene.reply(conversation, "Ten <b>sharp</b>?\nOr later", who=house.scene.ana)
    await house.scene.text_in(MAYA, "Ten it is")
    jo = await house.browser(house.scene.jo)
    address = f"/inbox/c/{conversation}/messages"
    held = await jo.post(address, data={"body": "Ten", "seen": "1"}, headers=HTMX)
    assert notice(shown(held, 409)) == (
        "A new message arrived while you were writing. Ana Ruiz sent: “Ten <b>sharp</b>? Or later” "
        "Read it, then press Send again."
    )
    assert "<b>" not in held.text
    assert held.headers["X-Seen"] == "4"
    await house.scene.reply(conversation, "x" * 200, who=house.scene.ana)
    held = await jo.post(address, data={"body": "Ten", "seen": "3"}, headers=HTMX)
    assert f"“{'x' * 160}…”" in notice(shown(held, 409))


async def test_an_odd_seen_counts_as_unknown_or_as_a_number_and_breaks_nothing(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    for seen in ("", "x", "-1", "1e3", "9" * 30, "٣"):
        answer = await jo.post(f"/inbox/c/{conversation}/messages", data={"body": "Ten", "seen": seen}, headers=HTMX)
        assert answer.status_code == 200, seen


async def test_characters_that_no_text_can_hold_become_visible_marks(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    answer = await jo.post(
        f"/inbox/c/{conversation}/messages",
        content=b"body=a%00b+%ED%A0%BD+%FF+c",
        headers=HTMX | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 200
    (body,) = await sent(house)
    assert body.startswith("a\ufffdb")
    assert body.endswith("c")


async def test_a_text_is_taken_from_a_page_of_ours_only(house: House) -> None:
    conversation = await house.scene.text_in()
    address = f"/inbox/c/{conversation}/messages"
    jo = await house.browser(house.scene.jo)
    token = shown(await jo.get(f"/inbox/c/{conversation}")).by_id("composer")
    assert token is not None
    (csrf,) = [element.attributes["value"] for element in token if element.attributes.get("name") == "csrf"]
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": ""},
    ):
        answer = await jo.post(address, data={"body": "Hello", "csrf": csrf}, headers=headers)
        assert answer.status_code == 403, headers
    del jo.headers["Origin"]
    assert (await jo.post(address, data={"body": "Hello"})).status_code == 403
    assert (await jo.post(address, data={"body": "Hello", "csrf": csrf[:-1]})).status_code == 403
    assert await sent(house) == []
    assert (await jo.post(address, data={"body": "By field", "csrf": csrf})).status_code == 303
    assert (await jo.post(address, data={"body": "By header"}, headers={"X-CSRF-Token": csrf})).status_code == 303
    assert await sent(house) == ["By field", "By header"]


async def test_who_is_not_signed_in_is_led_to_the_sign_in_page_and_sends_nothing(house: House) -> None:
    conversation = await house.scene.text_in()
    stranger = await house.browser()
    stranger.headers["Origin"] = "https://inbox.example.com"
    answer = await stranger.post(
        f"/inbox/c/{conversation}/messages",
        data={"body": "Hello"},
        headers=HTMX | {"HX-Current-URL": f"https://inbox.example.com/inbox/c/{conversation}?tab=shared"},
    )
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == f"/login?next=/inbox/c/{conversation}%3Ftab%3Dshared"
    assert await sent(house) == []


async def test_a_role_sends_and_reads_what_it_may(house: House) -> None:
    conversation = await house.scene.text_in()
    failed = await house.scene.failed(conversation)
    ana = await house.browser(house.scene.ana)
    for role in Role:
        await house.scene.tenant.execute(update(tables.users).values(role=role.value))
        may_reply, words = Act.REPLY in ALLOWED[role], f"From a {role}"
        for address in (f"/inbox/c/{conversation}/messages", f"/inbox/c/{conversation}/messages/{failed.id}/retry"):
            answer = await ana.post(address, data={"body": words}, headers=HTMX)
            assert answer.status_code == (200 if may_reply else 403), (role, address)
        assert (words in await sent(house)) == may_reply
        page = await ana.get(f"/inbox/c/{conversation}")
        assert page.status_code == (200 if Act.READ in ALLOWED[role] else 403)


async def test_a_failed_text_is_tried_again_by_its_button(house: House) -> None:
    conversation = await house.scene.text_in()
    message = await house.scene.failed(conversation)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}"))
    form = next(element for element in page if "data-retry" in element.attributes)
    answer = await jo.post(form.attributes["hx-post"], headers=HTMX)
    (bubble,) = shown(answer).all("msg")
    assert (bubble.id, bubble.has("msg--queued")) == (f"msg-{message.id}", True)
    assert (await jo.post(form.attributes["action"])).headers["Location"] == f"/inbox/c/{conversation}"
    assert (await messages.find(house.scene.tenant, message.id)).attempt == 2


async def test_a_message_that_is_not_there_cannot_be_tried_again(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    for message in (new_id(), "x"):
        answer = await jo.post(f"/inbox/c/{conversation}/messages/{message}/retry", headers=HTMX)
        assert answer.status_code == 404


async def test_the_composer_shows_a_box_or_the_reason_why_there_is_none(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    assert shown(await jo.get(f"/inbox/c/{conversation}/composer")).by_id("body") is not None
    await house.scene.text_in(MAYA, "STOP")
    composer = shown(await jo.get(f"/inbox/c/{conversation}/composer")).by_id("composer")
    assert composer is not None
    assert "Nobody here can text this number until" in composer.words
    for headers in (HTMX, {}):
        refused = await jo.post(f"/inbox/c/{conversation}/messages", data={"body": "Hello"}, headers=headers)
        assert refused.status_code == 422
    assert await sent(house) == []


async def test_reading_is_noted_and_odd_places_are_passed_over(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    for seen in ("", "x", "0"):
        assert (await jo.post(f"/inbox/c/{conversation}/read", data={"seen": seen})).status_code == 204
        assert (await house.scene.row(conversation)).unread == 1
    assert (await jo.post(f"/inbox/c/{conversation}/read", data={"seen": "1"})).status_code == 204
    assert (await house.scene.row(conversation)).unread == 0


async def test_another_organisations_conversation_is_not_there_whatever_is_asked_of_it(house: House) -> None:
    other = await house.neighbour()
    foreign = await other.text_in()
    failed = await other.failed(foreign)
    before = await house.scene.tenant.fetch_val(select(func.count()).select_from(tables.events))
    jo = await house.browser(house.scene.jo)
    for method, path in (
        ("GET", ""),
        ("GET", "/messages"),
        ("GET", f"/messages?before=00000000000000001.{failed.id}"),
        ("GET", "/composer"),
        ("POST", "/messages"),
        ("POST", "/read"),
        ("POST", f"/messages/{failed.id}/retry"),
    ):
        for place in (foreign, new_id()):
            for headers in ({}, HTMX, HTMX | {"HX-Target": "thread"}, {"Accept": "application/json"}):
                data = {"body": "Hello", "seen": "1"} if method == "POST" else None
                answer = await jo.request(method, f"/inbox/c/{place}{path}", data=data, headers=headers)
                assert answer.status_code == 404, (method, path, headers)
                assert MAYA not in answer.text
    assert await house.scene.tenant.fetch_val(select(func.count()).select_from(tables.events)) == before
    assert (await messages.find(other.tenant, failed.id)).status is DeliveryStatus.UNDELIVERED
    assert (await other.row(foreign)).failed == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_reply_in_quiet_hours_asks_why_and_keeps_the_reason_with_the_text(house: House) -> None:
    jo, conversation = await house.browser(house.scene.jo), await house.scene.text_in(MAYA)
    values = {"texting_hours": "08:00-21:00"}
    await house.scene.tenant.execute(update(tables.companies).values(**values))
    await house.scene.tenant.execute(update(tables.candidates).values(city="Perth"))
    long_ago = datetime(2026, 11, 26, tzinfo=UTC)
    await house.scene.tenant.execute(update(tables.messages).values(at=long_ago))
    address, told = f"/inbox/c/{conversation}/messages", {"body": "Can you come now?", "id": new_id()}
    with time_machine.travel(datetime(2026, 11, 27, 23, 0, tzinfo=UTC), tick=True):
        asked = shown(await jo.post(address, data=told, headers=HTMX), 422)
        assert "It is 07:00 where This person is (Perth), and texts wait until 08:00." in asked.words
        assert asked.by_id("override") is not None
        plain = shown(await jo.post(address, data=told), 422)
        assert plain.by_id("override") is not None
        assert "Can you come now?" in plain.words
        for page in (asked, plain):
            (later,) = [element for element in page if element.attributes.get("name") == "opens"]
            assert later.words == "Send at 08:00 their time"
        waits = {"opens": later.attributes["value"], "send_at": "", "body": "Then later"}
        assert (await jo.post(later.attributes["formaction"], data=waits)).status_code == 303
        (waiting,) = await scheduled_texts.of(house.scene.tenant, [conversation])
        assert (waiting.body, waiting.send_at) == ("Then later", datetime(2026, 11, 28, 0, 0, tzinfo=UTC))
        sent = shown(await jo.post(address, data=told | {"reason": "She starts at 7:30"}, headers=HTMX))
    assert "Sent all the same: “She starts at 7:30”" in sent.words
