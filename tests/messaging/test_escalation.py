"""A candidate who has waited for so many working hours is told of once, as the company has set it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from inbox import clock
from inbox.accounts import companies
from inbox.accounts.roles import Role
from inbox.accounts.working_hours import read
from inbox.messaging import escalation, handling, notes, notifications
from inbox.storage import tables
from inbox.storage.jobs import Postponed
from tests.messaging.scene import TOM, Scene

pytestmark = pytest.mark.anyio

AROUND_THE_CLOCK = read(",".join(["00:00-24:00"] * 7))


async def settled(scene: Scene, to: str | None = "shared", after: int = 2) -> None:
    """The company wants it so, and has for a long time."""
    company = await companies.find(scene.tenant, scene.company.id)
    await escalation.settle(scene.tenant, company, AROUND_THE_CLOCK, to, after if to else None)
    await companies.change(scene.tenant, scene.company.id, escalates_from=None)


async def waits(scene: Scene, conversation: str, hours: float) -> None:
    """The candidate has waited for so long by now."""
    since = clock.now() - timedelta(hours=hours)
    table = tables.conversations
    await scene.tenant.execute(update(table).where(table.c.id == conversation).values(waiting_since=since))


async def swept(scene: Scene) -> Postponed | None:
    return await escalation.sweep(scene.tenant, scene.company.id)


async def words(scene: Scene, conversation: str) -> list[str]:
    return [note.words for note in await notes.between(scene.tenant, conversation, start=None, end=None)]


async def test_who_has_waited_too_long_is_told_of_once_and_goes_back_to_shared(scene: Scene) -> None:
    late, early = await scene.text_in(), await scene.text_in(TOM)
    await handling.claim(scene.tenant, scene.jo, late)
    await settled(scene)
    await waits(scene, late, 2.5)
    await waits(scene, early, 1.5)
    for _ in range(2):
        assert await swept(scene) == Postponed(escalation.EVERY_SECONDS)
    row = await scene.row(late)
    assert (row.overdue_at is not None, row.assignee_id, row.version) == (True, None, 2)
    assert (await words(scene, late))[1:] == ["No answer for 2 working hours. This conversation went back to Shared."]
    assert (await scene.row(early)).overdue_at is None
    assert await words(scene, early) == []


async def test_a_further_text_is_the_same_wait_and_after_an_answer_there_is_another_one(scene: Scene) -> None:
    conversation = await scene.text_in()
    await settled(scene, after=1)
    await waits(scene, conversation, 2)
    await swept(scene)
    await scene.text_in(body="Hello?")
    await swept(scene)
    assert await words(scene, conversation) == ["No answer for 1 working hour."]
    await scene.reply(conversation)
    assert (await scene.row(conversation)).overdue_at is None
    await scene.text_in(body="Another question")
    await waits(scene, conversation, 2)
    await swept(scene)
    again = [said for said in await words(scene, conversation) if said.startswith("No answer for")]
    assert len(again) == 2


@pytest.mark.parametrize(
    ("to", "is_jos", "told"),
    [
        ("owner", True, {"Jo Park"}),
        ("owner", False, {"Ana Ruiz"}),
        ("managers", True, {"Ana Ruiz"}),
        ("shared", True, {"Jo Park"}),
        ("shared", False, set()),
    ],
)
async def test_who_is_to_know_is_notified_once(scene: Scene, to: str, is_jos: bool, told: set[str]) -> None:
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.ana.id).values(role=Role.COMPANY_ADMIN.value)
    )
    conversation = await scene.text_in()
    if is_jos:
        await handling.claim(scene.tenant, scene.jo, conversation)
    await settled(scene, to)
    await waits(scene, conversation, 3)
    for _ in range(2):
        await swept(scene)
    row = await scene.row(conversation)
    keeps = is_jos and to != "shared"
    assert (row.overdue_at is not None, row.assignee_id) == (True, scene.jo.id if keeps else None)
    found = {
        user.name: [one.sentence for one in (await notifications.page(scene.tenant, user)).rows]
        for user in (scene.jo, scene.ana)
    }
    assert {name for name, sentences in found.items() if sentences} == told
    for sentences in found.values():
        assert all(sentence.startswith("No answer for 2 working hours.") for sentence in sentences)
        assert len(sentences) <= 1


async def test_those_that_cannot_be_answered_now_and_those_of_others_are_left_alone(scene: Scene, other: Scene) -> None:
    snoozed, closed, theirs = await scene.text_in(), await scene.text_in(TOM), await other.text_in()
    opted_out = await scene.text_in("+61491570157", "STOP")
    await settled(scene)
    for where, conversation in ((scene, snoozed), (scene, closed), (scene, opted_out), (other, theirs)):
        await waits(where, conversation, 5)
    await handling.snooze(scene.tenant, scene.jo, snoozed, clock.now() + timedelta(days=1), version=0, seen=99)
    await handling.close(scene.tenant, scene.jo, closed, version=0, seen=99)
    await swept(scene)
    assert [(await scene.row(one)).overdue_at for one in (snoozed, closed, opted_out)] == 3 * [None]
    assert (await other.row(theirs)).overdue_at is None


async def test_when_it_is_switched_on_the_waits_of_before_are_left_alone(scene: Scene) -> None:
    conversation = await scene.text_in()
    await waits(scene, conversation, 30)
    company = await companies.find(scene.tenant, scene.company.id)
    await escalation.settle(scene.tenant, company, AROUND_THE_CLOCK, "shared", 2)
    await swept(scene)
    assert (await scene.row(conversation)).overdue_at is None
    (job,) = await scene.tenant.fetch_all(select(tables.jobs).where(tables.jobs.c.kind == escalation.ESCALATE))
    assert job.subject == scene.company.id


async def test_nights_and_weekends_are_no_wait(scene: Scene) -> None:
    conversation = await scene.text_in()
    await settled(scene)
    await companies.change(scene.tenant, scene.company.id, working_hours=scene.company.working_hours)
    friday = datetime(2026, 3, 13, 5, 30, tzinfo=UTC)  # 16:30 in Melbourne
    await scene.tenant.execute(update(tables.conversations).values(waiting_since=friday))
    for now, is_overdue in (
        (datetime(2026, 3, 15, 23, 0, tzinfo=UTC), False),  # Monday, 10:00: an hour and a half
        (datetime(2026, 3, 15, 23, 31, tzinfo=UTC), True),
    ):
        with time_machine.travel(now, tick=False):
            await swept(scene)
        assert ((await scene.row(conversation)).overdue_at is not None) == is_overdue


async def test_a_company_that_wants_none_of_it_is_not_looked_at_again(scene: Scene) -> None:
    await settled(scene, None)
    assert await swept(scene) is None
