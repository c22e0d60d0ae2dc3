"""A campaign reaches each of its recipients once, stops where it must, and tells what became of everybody."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from inbox import clock
from inbox.automation import campaign_gathering, campaign_results, campaign_sending, campaign_steps, campaigns
from inbox.automation.campaign_results import Group, Results
from inbox.automation.campaigns import Campaign
from inbox.billing import balance
from inbox.candidates import choices, people
from inbox.candidates.choices import Choice
from inbox.errors import Invalid, NotFound, Refused
from inbox.messaging import agreeing, bulk, handing_over, messages, shared_numbers
from inbox.messaging.messages import Message
from inbox.storage import jobs, tables
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from inbox.storage.jobs import Postponed
from providers.contract import DeliveryStatus
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio

BODY = "Hi {{first_name|there}}, free on Thursday? {{my_first_name}}"


def number(place: int) -> str:
    return f"+614915701{place:02d}"


async def crowd(scene: Scene, size: int = 3) -> list[str]:
    """Candidates in stage "Interview", A, B, C, …"""
    return [
        await people.create(scene.tenant, name=f"{chr(65 + place)} One", number=number(place), stage="Interview")
        for place in range(size)
    ]


async def written(scene: Scene, body: str = BODY, *, only_consented: bool = False) -> str:
    """One for everybody in that stage, not looked through yet."""
    choice = Choice(stage="Interview")
    return await campaigns.create(
        scene.tenant, scene.jo, name="Thursday", body=body, choice=choice, only_consented=only_consented
    )


async def without_a_number(scene: Scene) -> None:
    await scene.tenant.execute(update(tables.company_numbers).values(purpose="former"))


async def worked(scene: Scene, kind: str, most: int = 30) -> None:
    """A worker does the jobs of this kind, and each text that was handed out leaves the outbox at once."""
    deed = campaign_gathering.gather if kind == campaigns.GATHER else campaign_sending.carry_on
    for _ in range(most):
        claimed = await jobs.claim(scene.tenant.database, kinds=[kind], limit=1, lease_seconds=60)
        if not claimed:
            return
        outcome = await deed(scene.tenant, claimed[0])
        if outcome is None:
            await jobs.done(scene.tenant.database, claimed[0])
        else:
            assert isinstance(outcome, Postponed)
            await jobs.again(scene.tenant.database, claimed[0], seconds=0, counted=False)
        for message in await texts(scene):
            if message.status is DeliveryStatus.QUEUED:
                await scene.accepted(message)
    raise AssertionError("it goes on for ever")


async def ready(scene: Scene, body: str = BODY, *, only_consented: bool = False) -> Campaign:
    campaign_id = await written(scene, body, only_consented=only_consented)
    await worked(scene, campaigns.GATHER)
    return await campaigns.find(scene.tenant, campaign_id)


async def texts(scene: Scene) -> list[Message]:
    """Every campaign text."""
    ids = await scene.tenant.fetch_all(
        select(tables.messages.c.id).where(
            tables.messages.c.organisation_id == scene.tenant.organisation_id, tables.messages.c.source == "campaign"
        )
    )
    return list(await messages.by_ids(scene.tenant, [row.id for row in ids]))


async def results(scene: Scene, campaign: Campaign) -> Results:
    return await campaign_results.of(scene.tenant, campaign.id)


async def names(scene: Scene, campaign: Campaign, group: Group) -> list[str]:
    found, _ = await campaign_results.page(scene.tenant, campaign.id, group)
    return sorted(one.name for one in found)


async def test_who_gets_it_what_it_costs_and_who_is_left_out_is_known_before_anything_is_sent(scene: Scene) -> None:
    await crowd(scene)
    await people.create(scene.tenant, name="No Number", email="n@example.com", stage="Interview")
    await people.create(scene.tenant, name="Elsewhere", number="+447700900123", stage="Offer")
    await scene.text_in(number(2), "STOP")
    campaign = await ready(scene)
    told = await results(scene, campaign)
    assert campaign.state == "ready"
    assert (told.recipients, told.segments) == (2, 2)
    assert told.skipped == {"opted_out": 1, "no_number": 1}
    assert await names(scene, campaign, "skipped") == ["C One", "No Number"]
    assert await texts(scene) == []


async def test_an_empty_field_and_a_missing_consent_leave_somebody_out(scene: Scene) -> None:
    await crowd(scene, 1)
    await people.create(
        scene.tenant, name="B One", number=number(1), stage="Interview", city="Perth", consent="3 February, web form"
    )
    assert (await results(scene, await ready(scene, "In {{city}}?"))).skipped == {"missing:city": 1}
    assert (await results(scene, await ready(scene, only_consented=True))).skipped == {"no_consent": 1}


async def test_a_worker_that_another_one_overtakes_goes_on_behind_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crowd(scene)
    campaign_id, look, overtaken = await written(scene), choices.first, list[bool]()
    monkeypatch.setattr(campaign_gathering, "AT_ONCE", 1)
    (job,) = await jobs.claim(scene.tenant.database, kinds=[campaigns.GATHER], limit=1, lease_seconds=0)

    async def overtake(*arguments: Any, **more: Any) -> list[str]:
        found = await look(*arguments, **more)
        if not overtaken:
            overtaken.append(True)
            monkeypatch.setattr(campaign_gathering, "_SECONDS", 0.0)
            assert isinstance(await campaign_gathering.gather(scene.tenant, job), Postponed)
        return found

    monkeypatch.setattr(choices, "first", overtake)
    assert await campaign_gathering.gather(scene.tenant, job) is None
    campaign = await campaigns.find(scene.tenant, campaign_id)
    assert (campaign.state, (await results(scene, campaign)).recipients) == ("ready", 3)


async def test_everybody_gets_their_own_words_once(scene: Scene) -> None:
    await crowd(scene)
    campaign = await ready(scene)
    await campaign_steps.send(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    assert (await campaigns.find(scene.tenant, campaign.id)).state == "done"
    assert sorted(message.body for message in await texts(scene)) == [
        f"Hi {name}, free on Thursday? Jo" for name in ("A", "B", "C")
    ]
    assert (await results(scene, campaign)).counts["sent"] == 3
    for act in (campaign_steps.send, campaign_steps.pause, campaign_steps.resume, campaign_steps.cancel):
        with pytest.raises(Refused):
            await act(scene.tenant, campaign.id)


async def test_a_worker_that_dies_between_the_texts_and_its_own_notes_texts_nobody_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crowd(scene)
    campaign = await ready(scene)
    await campaign_steps.send(scene.tenant, campaign.id)
    (job,) = await jobs.claim(scene.tenant.database, kinds=[campaigns.SEND], limit=1, lease_seconds=0)
    queue = bulk.queue

    async def dies(*arguments, **more):  # type: ignore[no-untyped-def]
        async for _ in queue(*arguments, **more):
            raise RuntimeError("killed")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "queue", dies)
        with pytest.raises(RuntimeError):
            await campaign_sending.carry_on(scene.tenant, job)
    assert len(await texts(scene)) == 3
    await worked(scene, campaigns.SEND)
    assert len(await texts(scene)) == 3
    assert (await campaigns.find(scene.tenant, campaign.id)).state == "done"


async def test_only_a_few_texts_wait_in_the_outbox_so_pause_and_cancel_are_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_sending, "LEAST_AHEAD", 2)
    monkeypatch.setattr(campaign_sending, "AHEAD_SECONDS", 0)
    await crowd(scene, 5)
    campaign = await ready(scene)
    await campaign_steps.send(scene.tenant, campaign.id)
    (job,) = await jobs.claim(scene.tenant.database, kinds=[campaigns.SEND], limit=1, lease_seconds=60)
    for _ in range(3):
        assert isinstance(await campaign_sending.carry_on(scene.tenant, job), Postponed)
    assert len(await texts(scene)) == 2
    await campaign_steps.pause(scene.tenant, campaign.id)
    for message in await texts(scene):
        await scene.accepted(message)
    assert await campaign_sending.carry_on(scene.tenant, job) is None
    assert len(await texts(scene)) == 2
    await jobs.done(scene.tenant.database, job)
    await campaign_steps.resume(scene.tenant, campaign.id)
    await campaign_steps.cancel(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    assert len(await texts(scene)) == 2
    assert (await results(scene, campaign)).counts["waiting"] == 3


async def test_at_zero_it_stops_and_goes_on_after_a_top_up_with_those_who_were_not_texted(scene: Scene) -> None:
    await crowd(scene)
    campaign = await ready(scene)
    await scene.tenant.execute(update(tables.segment_balances).values(balance=2))
    await campaign_steps.send(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    assert (await campaigns.find(scene.tenant, campaign.id)).state == "stopped"
    told = await results(scene, campaign)
    assert (told.counts["sent"], told.counts["waiting"]) == (2, 1)
    await balance.top_up(scene.tenant, "Kim", 10, "")
    await campaign_steps.resume(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    assert (await campaigns.find(scene.tenant, campaign.id)).state == "done"
    assert len(await texts(scene)) == 3


async def test_who_opts_out_after_the_review_is_not_texted(scene: Scene) -> None:
    await crowd(scene)
    campaign = await ready(scene)
    await scene.text_in(number(1), "STOP")
    await campaign_steps.send(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    assert await names(scene, campaign, "sent") == ["A One", "C One"]
    found, _ = await campaign_results.page(scene.tenant, campaign.id, "refused")
    assert [one.name for one in found] == ["B One"]
    assert found[0].words == "Opted out."


async def consenting(scene: Scene) -> None:
    """Candidates A, B, C, each with a consent on file."""
    for place in range(3):
        await people.create(
            scene.tenant,
            name=f"{chr(65 + place)} One",
            number=number(place),
            stage="Interview",
            city="Perth",
            consent="3 February, web form",
        )


async def take_consent_back(scene: Scene, *candidates: str) -> None:
    for candidate in candidates:
        await agreeing.write_down(scene.tenant, scene.jo, candidate, given=False, words="By phone, today")


async def test_a_consent_that_was_taken_back_in_the_ledger_leaves_somebody_out(scene: Scene) -> None:
    await consenting(scene)
    await take_consent_back(scene, await people.by_number(scene.tenant, number(1)))
    campaign = await ready(scene, only_consented=True)
    assert await names(scene, campaign, "skipped") == ["B One"]
    assert (await results(scene, campaign)).skipped == {"no_consent": 1}


@pytest.mark.parametrize("way", ["sent", "scheduled", "paused", "stopped"])
async def test_who_takes_their_consent_back_after_the_review_is_not_texted_on_any_way(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    await consenting(scene)
    tenant, campaign = scene.tenant, await ready(scene, only_consented=True)
    monkeypatch.setattr(campaign_sending, "LEAST_AHEAD", 1)
    monkeypatch.setattr(campaign_sending, "AHEAD_SECONDS", 0)
    if way == "stopped":
        await tenant.execute(update(tables.segment_balances).values(balance=1))
    at = clock.now() + timedelta(hours=1) if way == "scheduled" else None
    await campaign_steps.send(tenant, campaign.id, delay_seconds=0, at=at)
    if way == "paused":
        (job,) = await jobs.claim(tenant.database, kinds=[campaigns.SEND], limit=1, lease_seconds=60)
        await campaign_sending.carry_on(tenant, job)
        await campaign_steps.pause(tenant, campaign.id)
        await jobs.done(tenant.database, job)
    if way == "stopped":
        await worked(scene, campaigns.SEND)
        await balance.top_up(tenant, "Kim", 10, "")
    begun = {message.body[3] for message in await texts(scene)}
    left = [one for one in "ABC" if one not in begun]
    gone = await people.by_number(tenant, number("ABC".index(left[-1])))
    await take_consent_back(scene, gone)
    if way in ("paused", "stopped"):
        assert len(begun) == 1
        for message in await texts(scene):
            if message.status is DeliveryStatus.QUEUED:
                await scene.accepted(message)
        await campaign_steps.resume(tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    refused, _ = await campaign_results.page(tenant, campaign.id, "refused")
    assert [(one.candidate_id, one.words) for one in refused] == [(gone, "no consent on file")]
    told = (await results(scene, campaign)).counts
    assert (told["sent"], told["refused"]) == (2, 1)
    assert (await campaigns.find(tenant, campaign.id)).state == "done"


async def test_a_field_that_was_emptied_or_grew_after_the_review_is_named_as_the_review_would(scene: Scene) -> None:
    await consenting(scene)
    campaign = await ready(scene, "Hi {{first_name}}, in {{city}}?")
    changed = tables.candidates.c.name
    for name, values in (("A One", {"city": None}), ("B One", {"city": "x" * 2000})):
        await scene.tenant.execute(update(tables.candidates).where(changed == name).values(**values))
    await campaign_steps.send(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    refused, _ = await campaign_results.page(scene.tenant, campaign.id, "refused")
    assert {one.name: one.words for one in refused} == {
        "A One": "no value for {{city}}",
        "B One": "the text is too long",
    }
    assert await names(scene, campaign, "sent") == ["C One"]


async def a_shared_phone(scene: Scene) -> None:
    """A and Z share a phone; B and C have one each."""
    await crowd(scene)
    other = await people.create(scene.tenant, name="Z One", stage="Interview")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, other, number(0), actor_id=None)


@pytest.mark.parametrize("at_once", [500, 1])
async def test_a_phone_that_two_share_gets_a_campaign_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(campaign_gathering, "AT_ONCE", at_once)
    await a_shared_phone(scene)
    campaign = await ready(scene)
    assert (await results(scene, campaign)).skipped == {"same_number": 1}
    found, _ = await campaign_results.page(scene.tenant, campaign.id, "skipped", reason="same_number")
    assert [(one.name, one.words) for one in found] == [("Z One", "same number as somebody else")]
    await campaign_steps.send(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    assert len(await texts(scene)) == 3


@pytest.mark.parametrize("at_once", [200, 1])
async def test_a_phone_that_comes_to_be_shared_after_the_review_gets_a_campaign_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(campaign_sending, "AT_ONCE", at_once)
    await crowd(scene, 2)
    campaign = await ready(scene)
    second = await people.by_number(scene.tenant, number(1))
    async with scene.tenant.transaction():
        await scene.tenant.execute(
            tables.candidate_numbers.delete().where(tables.candidate_numbers.c.candidate_id == second)
        )
        await shared_numbers.share(scene.tenant, second, number(0), actor_id=None)
    await campaign_steps.send(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    assert len(await texts(scene)) == 1
    refused, _ = await campaign_results.page(scene.tenant, campaign.id, "refused")
    assert [one.words for one in refused] == ["same number as somebody else"]


async def test_every_number_is_the_people_behind_it(scene: Scene) -> None:
    await crowd(scene, 4)
    campaign = await ready(scene)
    await campaign_steps.send(scene.tenant, campaign.id)
    await worked(scene, campaigns.SEND)
    by_name = {message.body[3]: message for message in await texts(scene)}
    await scene.report(by_name["A"], "delivered", sid="SMa")
    await scene.report(by_name["B"], "undelivered", sid="SMb", error_code=30005)
    await scene.text_in(number(0), "Yes")
    await scene.text_in(number(2), "STOP")
    told = await results(scene, campaign)
    expected: dict[Group, list[str]] = {
        "all": ["A One", "B One", "C One", "D One"],
        "delivered": ["A One"],
        "failed": ["B One"],
        "replied": ["A One"],
        "opted_out": ["C One"],
        "sent": ["A One", "C One", "D One"],
    }
    for group in campaign_results.GROUPS:
        assert await names(scene, campaign, group) == expected.get(group, [])
        assert told.counts[group] == len(expected.get(group, []))


async def test_a_scheduled_one_waits_for_its_time_and_can_be_taken_back(scene: Scene) -> None:
    await crowd(scene, 1)
    campaign = await ready(scene)
    at = clock.now() + timedelta(hours=1)
    await campaign_steps.send(scene.tenant, campaign.id, delay_seconds=3_600, at=at)
    await worked(scene, campaigns.SEND)
    assert await texts(scene) == []
    await campaign_steps.pause(scene.tenant, campaign.id)
    assert (await campaigns.find(scene.tenant, campaign.id)).state == "ready"
    await campaign_steps.send(scene.tenant, campaign.id, delay_seconds=0, at=at)
    await worked(scene, campaigns.SEND)
    assert (await campaigns.find(scene.tenant, campaign.id)).state == "done"


async def test_other_words_are_looked_through_again(scene: Scene) -> None:
    await crowd(scene, 1)
    campaign = await ready(scene)
    await campaigns.change(
        scene.tenant, campaign.id, name="Thursday", body="x" * 200, choice=Choice(), only_consented=False
    )
    await people.create(scene.tenant, name="Z", number="+447700900123")
    await worked(scene, campaigns.GATHER)
    told = await results(scene, campaign)
    assert (told.recipients, told.segments) == (2, 4)


async def test_what_makes_no_sense_is_refused(scene: Scene) -> None:
    with pytest.raises(Invalid) as refused:
        await campaigns.create(
            scene.tenant, scene.jo, name=" ", body="Hi {{nobody}}", choice=Choice(), only_consented=False
        )
    assert refused.value.fields["name"] == "Enter a name. Only your team sees it."
    assert refused.value.fields["body"].startswith("There is no field “nobody”.")


async def test_it_is_the_organisations_own(scene: Scene, other: Scene) -> None:
    await crowd(scene, 1)
    campaign = await ready(scene)
    with pytest.raises(NotFound):
        await campaigns.find(other.tenant, campaign.id)
    with pytest.raises(NotFound):
        await campaign_steps.send(other.tenant, campaign.id)
    assert (await results(other, campaign)).counts["all"] == 0
    assert (await campaign_results.page(other.tenant, campaign.id, "all"))[0] == []


async def test_who_leaves_hands_their_scheduled_one_over_or_it_waits_for_a_person(scene: Scene) -> None:
    await crowd(scene, 1)
    campaign = await ready(scene)
    await campaign_steps.send(scene.tenant, campaign.id, delay_seconds=3_600, at=clock.now() + timedelta(hours=1))
    await handing_over.hand_over(scene.tenant, scene.ana, scene.jo.id, scene.ana)
    assert (await campaigns.find(scene.tenant, campaign.id)).sender == "Ana Ruiz"
    await handing_over.hand_over(scene.tenant, scene.jo, scene.ana.id, None)
    assert (await campaigns.find(scene.tenant, campaign.id)).state == "ready"


async def test_without_a_number_to_text_from_a_campaign_does_not_begin_and_one_under_way_waits(scene: Scene) -> None:
    await crowd(scene)
    going, waiting = await ready(scene), await ready(scene)
    await campaign_steps.send(scene.tenant, going.id)
    await without_a_number(scene)
    for act in (
        campaign_steps.send(scene.tenant, waiting.id),
        campaign_steps.send(scene.tenant, waiting.id, at=clock.now()),
    ):
        with pytest.raises(Refused, match="no number to text from"):
            await act
    await worked(scene, campaigns.SEND)
    assert (await campaigns.find(scene.tenant, going.id)).state == "paused"
    with pytest.raises(Refused, match="no number to text from"):
        await campaign_steps.resume(scene.tenant, going.id)
    await scene.tenant.execute(update(tables.company_numbers).values(purpose="messaging"))
    await campaign_steps.resume(scene.tenant, going.id)
    await worked(scene, campaigns.SEND)
    assert len(await texts(scene)) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_however_many_people_it_is_for_no_more_than_some_hundred_are_read_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, read, fetch_all = 2 * campaign_gathering.AT_ONCE, list[int](), Database.fetch_all
    facts = [(new_id(), f"A{place:04d}", f"+1205555{place:04d}") for place in range(size)]
    mine = {"organisation_id": scene.tenant.organisation_id}
    rows = [mine | {"id": id, "name": name, "sort_name": name, "stage": "Interview"} for id, name, _ in facts]
    await scene.tenant.database.execute_many(insert(tables.candidates), rows)
    held = [mine | {"number": number, "candidate_id": id} for id, _, number in facts]
    await scene.tenant.database.execute_many(insert(tables.candidate_numbers), held)

    async def counted(*arguments: Any, **more: Any) -> list[Any]:
        found = await fetch_all(*arguments, **more)
        read.append(len(found))
        return found

    monkeypatch.setattr(Database, "fetch_all", counted)
    campaign = await ready(scene)
    assert (await results(scene, campaign)).recipients == size
    await campaign_steps.send(scene.tenant, campaign.id)
    (job,) = await jobs.claim(scene.tenant.database, kinds=[campaigns.SEND], limit=1, lease_seconds=60)
    for _ in range(3):
        await campaign_sending.carry_on(scene.tenant, job)
    assert len(read) > 10
    assert max(read) <= campaign_gathering.AT_ONCE
