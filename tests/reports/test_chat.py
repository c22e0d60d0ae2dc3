"""The chat report: each number is exactly the messages and people behind it, by the organisation's own days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from inbox.candidates import people
from inbox.messaging import message_log, messages
from inbox.messaging.message_log import Log
from inbox.messaging.messages import Message
from inbox.messaging.views import View
from inbox.reports import chat, chat_people
from inbox.reports.chat import Asked, Group
from inbox.storage import tables
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

MELBOURNE = ZoneInfo("Australia/Melbourne")
EVER = Asked(None, None, "all", MELBOURNE)


async def moved(scene: Scene, message: Message, at: datetime, **values: object) -> None:
    """A text stands at another moment."""
    await scene.tenant.execute(
        update(tables.messages)
        .where(tables.messages.c.organisation_id == scene.tenant.organisation_id, tables.messages.c.id == message.id)
        .values(at=at, **values)
    )


async def delivered(scene: Scene, number: str, body: str = "Hi") -> Message:
    conversation = await scene.conversation(number) or await scene.text_in(number)
    message = await scene.reply(conversation, body)
    sid = await scene.accepted(message)
    await scene.report(message, "delivered", sid=sid)
    return await messages.find(scene.tenant, message.id)


async def told(scene: Scene, asked: Asked = EVER, *, by_week: bool = False) -> Sequence[tuple[object, ...]]:
    found = await chat.periods(scene.tenant, asked, by_week=by_week)
    return [(one.first, one.sent, one.delivered, one.failed, one.received, one.segments) for one in found]


async def behind(scene: Scene, group: Group, asked: Asked = EVER) -> set[str]:
    """The names behind a number, which has to be how many they are."""
    found, _ = await chat_people.people(scene.tenant, asked, group)
    assert (await chat.funnel(scene.tenant, asked))[group] == len(found)
    return {one.number or "" for one in found}


async def test_texts_are_counted_by_how_far_they_came(scene: Scene) -> None:
    await delivered(scene, MAYA, "x" * 161)
    await scene.failed(await scene.text_in(TOM))
    await scene.reply(await scene.conversation(TOM))
    (day,) = await told(scene)
    assert day[1:] == (1, 1, 1, 2, 3)


async def test_a_number_of_a_day_is_the_messages_of_the_log_for_that_day(scene: Scene) -> None:
    moments = [datetime(2026, 4, 4, 12, 59, tzinfo=UTC), datetime(2026, 4, 4, 13, 0, tzinfo=UTC)]
    moments += [datetime(2026, 4, 5, 13, 59, tzinfo=UTC), datetime(2026, 4, 5, 14, 0, tzinfo=UTC)]
    for at in moments:  # around the midnights of 5 April, which has 25 hours in Melbourne
        await moved(scene, await delivered(scene, MAYA), at)
    days = {day: sent for day, sent, *_ in await told(scene) if sent}
    assert days == {date(2026, 4, 4): 1, date(2026, 4, 5): 2, date(2026, 4, 6): 1}
    for day, number in days.items():
        view = View(user_id=None, zone=MELBOURNE.key, range="custom", start=day, end=day)  # type: ignore[arg-type]
        start, end = view.bounds(datetime(2026, 11, 1, tzinfo=UTC))
        page = await message_log.page(scene.tenant, Log(start=start, end=end, outcome="sent"))
        assert len(page.entries) == number


async def test_long_ranges_are_told_by_weeks_from_monday_on(scene: Scene) -> None:
    for day in (1, 7, 8):
        await moved(scene, await delivered(scene, MAYA), datetime(2026, 6, day, 3, tzinfo=UTC))
    weeks = [(first, sent) for first, sent, *_ in await told(scene, by_week=True) if sent]
    assert weeks == [(date(2026, 6, 8), 1), (date(2026, 6, 1), 2)]


async def test_the_funnel_counts_each_candidate_once(scene: Scene) -> None:
    for _ in range(2):
        await delivered(scene, MAYA)
    await scene.failed(await scene.text_in(TOM))
    await scene.text_in(MAYA, "Yes")
    assert await behind(scene, "sent") == await behind(scene, "delivered") == {MAYA}
    assert await behind(scene, "replied") == {MAYA}
    assert await behind(scene, "opted_out") == set()
    await scene.text_in(MAYA, "STOP")
    assert await behind(scene, "opted_out") == {MAYA}


async def test_a_text_that_failed_is_not_replied_to_whatever_the_candidate_wrote_after_it(scene: Scene) -> None:
    await scene.failed(await scene.text_in(TOM))
    await scene.reply(await scene.conversation(TOM))
    arrived = await delivered(scene, TOM)
    await scene.text_in(TOM, "Yes")
    page = await message_log.page(scene.tenant, Log(outcome="replied"))
    assert [entry.message.id for entry in page.entries] == [arrived.id]


async def test_a_usage_shows_its_own_texts_and_only_days_within_the_range(scene: Scene) -> None:
    message = await delivered(scene, MAYA)
    other = await delivered(scene, TOM)
    await moved(scene, other, other.at, source="workflow")
    workflow = replace(EVER, usage="workflow")
    assert await behind(scene, "sent", workflow) == {TOM}
    assert [row[1:] for row in await told(scene, workflow)] == [(1, 1, 0, 0, 1)]
    soon = replace(EVER, start=message.at + timedelta(hours=1))
    assert await told(scene, soon) == []
    assert await behind(scene, "sent", soon) == set()
    assert await behind(scene, "sent", replace(EVER, end=message.at)) == set()


async def test_pages_of_people_follow_each_other(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_people, "PAGE", 2)
    numbers = [f"+6149157011{place}" for place in range(3)]
    for number in numbers:
        await people.create(scene.tenant, name=None, number=number)
        await delivered(scene, number)
    first, more = await chat_people.people(scene.tenant, EVER, "sent")
    rest, end = await chat_people.people(scene.tenant, EVER, "sent", after=more)
    assert sorted(str(one.number) for one in [*first, *rest]) == numbers
    assert end is None


async def test_another_organisations_texts_are_not_counted(scene: Scene, other: Scene) -> None:
    await delivered(other, MAYA)
    assert await told(scene) == []
    assert await behind(scene, "sent") == set()
