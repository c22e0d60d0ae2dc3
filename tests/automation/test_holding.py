"""What automation sends waits for a better hour where the candidate is, says so, and goes out then."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from inbox.automation import (
    campaign_holds,
    campaign_results,
    campaign_sending,
    campaign_steps,
    workflow_beginning,
    workflow_executions,
    workflow_running,
    workflows,
)
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.candidates import people
from inbox.messaging import due_texts, scheduled_texts, scheduling
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.jobs import Postponed
from tests.automation.test_campaigns import ready
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EARLY = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
"""07:00 in Perth, 10:00 in Melbourne."""
MORNING = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
"""09:00 in Perth."""


async def rules(scene: Scene, **values: object) -> None:
    await scene.tenant.execute(update(tables.companies).values(**values))


async def sent_to(scene: Scene) -> set[str]:
    rows = await scene.tenant.fetch_all(
        select(tables.conversations.c.candidate_number)
        .join(tables.messages, tables.messages.c.conversation_id == tables.conversations.c.id)
        .where(tables.messages.c.direction == "out")
    )
    return {row.candidate_number for row in rows}


async def carried_on(scene: Scene, campaign_id: str) -> Any:
    job: Any = SimpleNamespace(subject=campaign_id)
    for _ in range(20):
        outcome = await campaign_sending.carry_on(scene.tenant, job)
        await scene.tenant.execute(update(tables.messages).values(status="sent"))
        if outcome is None or outcome.seconds >= 1:
            return outcome
    raise AssertionError("it goes on for ever")


@on_sqlite
async def test_a_campaign_texts_each_when_it_is_day_there_and_shows_who_waits(scene: Scene) -> None:
    for name, number, city in (("Maya", MAYA, "Perth"), ("Tom", TOM, "Melbourne")):
        await people.create(scene.tenant, name=name, number=number, city=city, stage="Interview")
    await rules(scene, texting_hours="country")
    campaign = await ready(scene, "Hello")
    await campaign_steps.moved(scene.tenant, campaign.id, ["ready"], "sending")
    with time_machine.travel(EARLY, tick=False):
        outcome = await carried_on(scene, campaign.id)
        assert isinstance(outcome, Postponed)
        assert await sent_to(scene) == {TOM}
        held = await campaign_holds.of(scene.tenant, campaign.id)
        assert held is not None
        assert (held.number, held.until) == (1, MORNING)
        (waiting,), _ = await campaign_results.page(scene.tenant, campaign.id, "waiting")
        assert waiting.name == "Maya"
    with time_machine.travel(MORNING, tick=False):
        assert await campaign_holds.of(scene.tenant, campaign.id) is None
        assert await carried_on(scene, campaign.id) is None
        assert await sent_to(scene) == {MAYA, TOM}


@on_sqlite
async def test_a_workflow_waits_with_the_reason_and_goes_on(scene: Scene) -> None:
    maya = await people.create(scene.tenant, name="Maya", number=MAYA, city="Perth")
    await rules(scene, texting_hours="08:00-21:00")
    wish = Wish("Nudge", [Step("text", "Still there?")])
    await workflow_beginning.begin(
        scene.tenant,
        await workflows.find(scene.tenant, await workflows.create(scene.tenant, scene.jo, wish)),
        maya,
    )
    (begun,) = await workflow_executions.of_candidate(scene.tenant, maya)
    job: Any = SimpleNamespace(subject=begun.id)
    with time_machine.travel(EARLY, tick=False):
        await workflow_running.carry_on(scene.tenant, job)
        (now,) = await workflow_executions.of_candidate(scene.tenant, maya)
        assert now.words == "Waiting: Held until 08:00 in Perth: quiet hours where Maya is."
        assert now.due_at == EARLY + timedelta(hours=1)
        assert isinstance(await workflow_running.carry_on(scene.tenant, job), Postponed)
        assert await sent_to(scene) == set()
    with time_machine.travel(EARLY + timedelta(hours=1), tick=False):
        await workflow_running.carry_on(scene.tenant, job)
        assert await sent_to(scene) == {MAYA}
        (now,) = await workflow_executions.of_candidate(scene.tenant, maya)
        assert (now.place, now.reason) == (1, "")


@on_sqlite
async def test_a_scheduled_text_waits_in_its_thread_and_goes_out_by_itself(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    await scene.tenant.execute(update(tables.candidates).values(city="Perth"))
    await rules(scene, texting_hours="08:00-21:00")
    text_id = new_id()
    with time_machine.travel(EARLY, tick=False):
        await scheduling.schedule(
            scene.tenant,
            scene.jo,
            conversation,
            text_id=text_id,
            body="Good morning",
            send_at=EARLY,
            regardless=False,
            seen=None,
        )
        outcome = await due_texts.send_due(scene.tenant, text_id)
        assert outcome == Postponed(3600.0)
        (text,) = await scheduled_texts.of(scene.tenant, [conversation])
        assert text.held_for == "Held until 08:00 in Perth: quiet hours where This person is."
        assert text.stopped_at is None
    with time_machine.travel(EARLY + timedelta(hours=1, minutes=5), tick=False):
        assert await due_texts.send_due(scene.tenant, text_id) is None
        assert await sent_to(scene) == {MAYA}


@on_sqlite
async def test_the_cap_counts_the_texts_of_everybody_and_lets_the_next_one_go_a_day_later(scene: Scene) -> None:
    await rules(scene, daily_cap=2)
    conversation = await scene.text_in(MAYA)
    for who in (scene.jo, scene.ana):
        await scene.reply(conversation, who=who)
    await people.create(scene.tenant, name="Tom", number=TOM, stage="Interview")
    await scene.tenant.execute(update(tables.candidates).values(stage="Interview"))
    campaign = await ready(scene, "Hello")
    await campaign_steps.moved(scene.tenant, campaign.id, ["ready"], "sending")
    await carried_on(scene, campaign.id)
    held = await campaign_holds.of(scene.tenant, campaign.id)
    assert held is not None
    first = await scene.tenant.fetch_val(
        select(tables.messages.c.at).where(tables.messages.c.direction == "out").order_by(tables.messages.c.at)
    )
    assert (held.number, held.until) == (1, first + timedelta(days=1))
    assert await sent_to(scene) == {MAYA, TOM}
