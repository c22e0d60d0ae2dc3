"""Send later in the browser: the form with and without scripts, what stands below the messages, and frames."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from inbox import clock
from inbox.accounts.roles import Role
from inbox.languages import readers
from inbox.messaging import scheduled_texts
from inbox.storage import events, tables
from inbox.web.topics import ThreadTopic
from tests.journeys.elements import Element
from tests.web.house import HTMX, House, shown
from tests.web.test_live_frames import Reader

pytestmark = pytest.mark.anyio

WORDS = "See you at 10"


def tomorrow(days: int = 1) -> str:
    """A time in the field, in the zone of the house."""
    here = clock.now().astimezone(ZoneInfo("Australia/Melbourne"))
    return f"{here + timedelta(days=days):%Y-%m-%dT08:00}"


async def scheduled(house: House, conversation: str, **fields: str) -> str:
    """Jo schedules a text by its form; its id."""
    jo = await house.browser(house.scene.jo)
    data = {"body": WORDS, "send_at": tomorrow(2), "id": str(uuid4())} | fields
    shown(await jo.post(f"/inbox/c/{conversation}/scheduled", data=data, headers=HTMX))
    return data["id"]


def items(page: Element) -> list[str]:
    return [item.words for item in page.all("scheduled__text")]


async def test_a_text_is_scheduled_by_its_field_and_stands_below_the_messages_with_its_time(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    address, data = f"/inbox/c/{conversation}/scheduled", {"body": WORDS, "send_at": tomorrow(2), "id": str(uuid4())}
    (said,) = items(shown(await jo.post(address, data=data, headers=HTMX)))
    assert said.startswith("Goes out ")
    assert "08:00" in said
    assert WORDS in said
    plain = await jo.post(address, data=data | {"id": ""})
    assert (plain.status_code, plain.headers["Location"]) == (303, f"/inbox/c/{conversation}")
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    assert len(items(page)) == 2
    row = page.by_id(f"conv-{conversation}")
    assert row is not None
    assert "Scheduled" in row.words


async def test_a_word_stands_for_a_time(house: House) -> None:
    conversation = await house.scene.text_in()
    id = await scheduled(house, conversation, send_at="", preset="hour", regardless="1")
    text = await scheduled_texts.find(house.scene.tenant, id)
    assert (text.send_at - clock.now()).total_seconds() == pytest.approx(3600, abs=60)
    assert text.regardless


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"send_at": ""}, "Choose a day and a time."),
        ({"send_at": "2020-01-01T08:00"}, "That time is over."),
        ({"body": " "}, "Write something first."),
        ({"body": "Hi {{first_name}}"}, "Put words in place of {{first_name}} first."),
    ],
)
async def test_what_cannot_be_scheduled_is_said_and_nothing_typed_is_lost(
    house: House, fields: dict[str, str], sentence: str
) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    data = {"body": WORDS, "send_at": tomorrow(), "regardless": "1"} | fields
    answer = await jo.post(f"/inbox/c/{conversation}/scheduled", data=data, headers=HTMX)
    assert sentence in shown(answer, 422).words
    page = shown(await jo.post(f"/inbox/c/{conversation}/scheduled", data=data), 422)
    notice, box, field = (page.by_id(id) for id in ("composer-notice", "body", "send-at"))
    assert notice is not None
    assert sentence in notice.words
    assert box is not None
    assert box.words.strip() == data["body"].strip()
    assert field is not None
    assert field.attributes["value"] == data["send_at"]
    assert await scheduled_texts.of(house.scene.tenant, [conversation]) == []


async def test_without_scripts_edit_puts_the_text_back_into_the_composer_with_its_time(house: House) -> None:
    conversation = await house.scene.text_in()
    id = await scheduled(house, conversation)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}?scheduled={id}"))
    box, field, form = (page.by_id(name) for name in ("body", "send-at", "composer"))
    assert box is not None
    assert box.words == WORDS
    assert field is not None
    assert field.attributes["value"] == tomorrow(2)
    assert form is not None
    assert form.attributes["data-edits"] == id
    data = {"body": "At 11 then", "send_at": tomorrow(3), "version": "0"}
    answer = await jo.post(f"/inbox/c/{conversation}/scheduled/{id}", data=data)
    assert answer.status_code == 303
    (said,) = items(shown(await jo.get(answer.headers["Location"])))
    assert "At 11 then" in said
    late = await jo.post(f"/inbox/c/{conversation}/scheduled/{id}", data=data)
    assert "has changed this text" in shown(late, 409).words


async def test_it_can_be_sent_at_once_or_cancelled(house: House) -> None:
    conversation = await house.scene.text_in()
    one, other = await scheduled(house, conversation), await scheduled(house, conversation)
    ana = await house.browser(house.scene.ana)
    answer = shown(await ana.post(f"/inbox/c/{conversation}/scheduled/{one}/send", headers=HTMX))
    assert [bubble.id for bubble in answer.all("msg")] == [f"msg-{one}"]
    assert len(items(answer)) == 1
    assert items(shown(await ana.post(f"/inbox/c/{conversation}/scheduled/{other}/cancel", headers=HTMX))) == []
    gone = await ana.post(f"/inbox/c/{conversation}/scheduled/{one}/cancel", headers=HTMX)
    assert "This text has gone out meanwhile." in shown(gone, 409).words


async def test_an_open_thread_is_told_of_it_and_that_an_answer_holds_it(house: House) -> None:
    scene = house.scene
    conversation = await scene.text_in()
    reader, thread = Reader(scene), ThreadTopic(conversation, readers.Reader("Australia/Melbourne"))
    since = await events.head(scene.tenant)
    id = await scheduled(house, conversation)
    (said,) = items((await reader.show(thread, since=since))[thread])
    assert "Goes out" in said
    since = await events.head(scene.tenant)
    await scene.text_in(body="Wait")
    (said,) = items((await reader.show(thread, since=since))[thread])
    assert "Held: This person replied at" in said
    since = await events.head(scene.tenant)
    jo = await house.browser(scene.jo)
    await jo.post(f"/inbox/c/{conversation}/scheduled/{id}/cancel", headers=HTMX)
    frame = (await reader.show(thread, since=since))[thread]
    assert frame.by_id("scheduled") is not None
    assert items(frame) == []


@pytest.mark.parametrize("role", [Role.REPORTER, Role.GUEST])
async def test_who_may_not_reply_schedules_nothing(house: House, role: Role) -> None:
    conversation = await house.scene.text_in()
    id = await scheduled(house, conversation)
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )
    jo = await house.browser(house.scene.jo)
    for act in ("", f"/{id}", f"/{id}/send", f"/{id}/cancel"):
        answer = await jo.post(f"/inbox/c/{conversation}/scheduled{act}", data={"body": WORDS, "preset": "hour"})
        assert answer.status_code == 403
    assert shown(await jo.get(f"/inbox/c/{conversation}")).by_id("later") is None


async def test_what_is_not_ours_is_not_found(house: House) -> None:
    neighbour = await house.neighbour()
    theirs = await neighbour.text_in()
    jo = await house.browser(house.scene.jo)
    for act in ("", f"/{uuid4()}", f"/{uuid4()}/send", f"/{uuid4()}/cancel"):
        for where in (theirs, str(uuid4())):
            answer = await jo.post(f"/inbox/c/{where}/scheduled{act}", data={"body": WORDS, "preset": "hour"})
            assert answer.status_code == 404
    assert await house.scene.tenant.fetch_all(select(tables.scheduled_texts)) == []


async def test_behind_a_stop_nothing_is_offered_to_be_sent_and_nothing_is_said_to_be_scheduled(house: House) -> None:
    conversation = await house.scene.text_in()
    await scheduled(house, conversation)
    await house.scene.text_in(body="STOP")
    page = shown(await (await house.browser(house.scene.jo)).get(f"/inbox/c/{conversation}?tab=shared"))
    (said,) = items(page)
    assert said.startswith("Not sent:")
    assert "Send now" not in said
    assert "Discard" in said
    row = page.by_id(f"conv-{conversation}")
    assert row is not None
    assert "Opted out" in row.words
    assert "Scheduled" not in row.words
