"""A promised job is done by one worker at a time, and again when its worker died."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import func, select, update

from inbox.storage import jobs
from inbox.storage.columns import db_later, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job
from inbox.storage.tables import jobs as table
from tests.storage.conftest import new_tenant
from tests.storage.neighbour import lines, neighbour

pytestmark = pytest.mark.anyio


async def claim(database: Database, *, limit: int = 10, lease_seconds: float = 60, kind: str = "send") -> list[Job]:
    return await jobs.claim(database, kinds={kind}, limit=limit, lease_seconds=lease_seconds)


async def expire(database: Database) -> None:
    """Let the leases run out without waiting for it."""
    await database.execute(update(table).values(lease_until=db_later(-1)))


async def promise(tenant: Tenant, times: int) -> list[str]:
    subjects = [new_id() for _ in range(times)]
    async with tenant.transaction():
        for subject in subjects:
            await jobs.enqueue(tenant, "send", subject)
    return subjects


async def test_a_claimed_job_says_what_to_do(tenant: Tenant) -> None:
    (subject,) = await promise(tenant, 1)
    (job,) = await claim(tenant.database)
    assert (job.organisation_id, job.kind, job.subject, job.tries) == (tenant.organisation_id, "send", subject, 1)
    assert await claim(tenant.database) == []


async def test_a_job_whose_transaction_is_undone_was_never_promised(tenant: Tenant) -> None:
    async def promise_and_fail() -> None:
        async with tenant.transaction():
            await jobs.enqueue(tenant, "send", new_id())
            raise LookupError

    with pytest.raises(LookupError):
        await promise_and_fail()
    assert await claim(tenant.database) == []


async def test_eight_claimers_get_each_job_once(tenant: Tenant) -> None:
    subjects = await promise(tenant, 200)
    claimed: list[str] = []

    async def work() -> None:
        while found := await claim(tenant.database, limit=7):
            claimed.extend(job.subject for job in found)

    await asyncio.gather(*(asyncio.create_task(work()) for _ in range(8)))
    assert Counter(claimed) == Counter(subjects)


async def test_two_processes_get_each_job_once(database_url: str, tenant: Tenant) -> None:
    subjects = await promise(tenant, 120)
    async with neighbour("claim", database_url, 3) as one, neighbour("claim", database_url, 3) as other:
        claimed = await lines(one) + await lines(other)
    assert Counter(claimed) == Counter(subjects)


async def test_jobs_are_claimed_in_the_order_they_are_due(tenant: Tenant) -> None:
    late, early, later = new_id(), new_id(), new_id()
    for subject, seconds in ((late, -1), (early, -5), (later, 60)):
        await jobs.enqueue(tenant, "send", subject, delay_seconds=seconds)
    assert [job.subject for job in await claim(tenant.database, limit=1)] == [early]
    assert [job.subject for job in await claim(tenant.database)] == [late]


async def test_only_the_asked_kinds_are_claimed(tenant: Tenant) -> None:
    await jobs.enqueue(tenant, "reconcile", new_id())
    assert await claim(tenant.database) == []
    assert await jobs.claim(tenant.database, kinds=[], limit=5, lease_seconds=60) == []
    assert len(await claim(tenant.database, kind="reconcile")) == 1


async def test_the_same_promise_twice_is_one_job_at_the_earlier_time(tenant: Tenant) -> None:
    subject = new_id()
    await jobs.enqueue(tenant, "send", subject, delay_seconds=60)
    await jobs.enqueue(tenant, "send", subject)
    await jobs.enqueue(tenant, "send", subject, delay_seconds=90)
    await jobs.enqueue(tenant, "other", subject)
    assert [job.subject for job in await claim(tenant.database)] == [subject]
    assert len(await claim(tenant.database, kind="other")) == 1


async def test_an_expired_lease_is_claimed_again_and_the_dead_worker_is_fenced_off(tenant: Tenant) -> None:
    await promise(tenant, 1)
    (first,) = await claim(tenant.database)
    await expire(tenant.database)
    (second,) = await claim(tenant.database)
    assert (second.id, second.tries) == (first.id, 2)
    assert second.claim != first.claim
    assert await jobs.done(tenant.database, first) is False
    assert await jobs.again(tenant.database, first, seconds=0) is False
    assert await claim(tenant.database) == []
    assert await jobs.done(tenant.database, second) is True
    assert await jobs.done(tenant.database, second) is False
    assert await tenant.fetch_val(select(func.count()).select_from(table)) == 0


async def test_many_claimers_share_expired_leases_too(tenant: Tenant) -> None:
    subjects = await promise(tenant, 40)
    await claim(tenant.database, limit=40)
    await expire(tenant.database)
    found = await asyncio.gather(*(asyncio.create_task(claim(tenant.database, limit=10)) for _ in range(8)))
    claimed = [job.subject for batch in found for job in batch]
    assert len(claimed) == len(set(claimed))
    claimed += [job.subject for job in await claim(tenant.database, limit=40)]
    assert Counter(claimed) == Counter(subjects)


async def test_a_job_given_back_comes_again_when_it_is_due(tenant: Tenant) -> None:
    await promise(tenant, 1)
    (job,) = await claim(tenant.database)
    assert await jobs.again(tenant.database, job, seconds=30) is True
    assert await claim(tenant.database) == []
    assert await jobs.again(tenant.database, job, seconds=0) is False
    await tenant.execute(update(table).values(due_at=db_later(-1)))
    (once_more,) = await claim(tenant.database)
    assert once_more.tries == 2


async def test_a_job_promised_again_while_it_runs_runs_once_more(tenant: Tenant) -> None:
    (subject,) = await promise(tenant, 1)
    (running,) = await claim(tenant.database)
    await jobs.enqueue(tenant, "send", subject)
    await jobs.enqueue(tenant, "send", subject)
    assert await claim(tenant.database) == []  # not beside the running one
    assert await jobs.done(tenant.database, running) is True
    (once_more,) = await claim(tenant.database)
    assert (once_more.subject, once_more.tries) == (subject, 1)
    assert await jobs.done(tenant.database, once_more) is True
    assert await claim(tenant.database) == []


async def test_a_job_promised_again_while_it_runs_survives_its_worker(tenant: Tenant) -> None:
    (subject,) = await promise(tenant, 1)
    await claim(tenant.database)
    await jobs.enqueue(tenant, "send", subject)
    await expire(tenant.database)
    (once_more,) = await claim(tenant.database)
    assert await jobs.done(tenant.database, once_more) is True
    assert await claim(tenant.database) == []


async def test_the_next_due_time_is_known(tenant: Tenant) -> None:
    database = tenant.database
    assert await jobs.next_due_seconds(database, {"send"}) is None
    await jobs.enqueue(tenant, "send", new_id(), delay_seconds=40)
    assert 38 < (await jobs.next_due_seconds(database, {"send"}) or 0) <= 40
    await jobs.enqueue(tenant, "send", new_id(), delay_seconds=-3)
    assert await jobs.next_due_seconds(database, {"send"}) == 0
    await claim(database, lease_seconds=20)
    assert 18 < (await jobs.next_due_seconds(database, {"send"}) or 0) <= 20
    await expire(database)
    assert await jobs.next_due_seconds(database, {"send"}) == 0
    assert await jobs.next_due_seconds(database, {"other"}) is None


async def test_organisations_may_promise_the_same(database: Database, tenant: Tenant) -> None:
    other, subject = await new_tenant(database), new_id()
    await jobs.enqueue(tenant, "send", subject)
    await jobs.enqueue(other, "send", subject)
    assert {job.organisation_id for job in await claim(database)} == {tenant.organisation_id, other.organisation_id}


async def test_a_promise_wakes_the_worker_when_it_has_lasted(tenant: Tenant) -> None:
    told: list[frozenset[str]] = []
    tenant.database.on_commit(told.append)
    await promise(tenant, 2)
    assert told == [frozenset({jobs.MARK})]


async def test_of_one_queue_only_the_first_is_done_and_the_next_after_it(tenant: Tenant) -> None:
    one, other = new_id(), new_id()
    subjects = [new_id() for _ in range(3)]
    await jobs.enqueue(tenant, "send", subjects[2], queue=one, place=9)
    await jobs.enqueue(tenant, "send", subjects[0], queue=one, place=7)
    await jobs.enqueue(tenant, "send", subjects[1], queue=other, place=8)

    first = await claim(tenant.database)
    assert {job.subject for job in first} == {subjects[0], subjects[1]}
    assert await claim(tenant.database) == []
    for job in first:
        assert await jobs.done(tenant.database, job)

    assert [job.subject for job in await claim(tenant.database)] == [subjects[2]]


async def test_who_waits_before_a_retry_keeps_the_others_of_its_queue_waiting(tenant: Tenant) -> None:
    queue, subjects = new_id(), [new_id() for _ in range(2)]
    for place, subject in enumerate(subjects):
        await jobs.enqueue(tenant, "send", subject, queue=queue, place=place)
    (job,) = await claim(tenant.database)

    assert await jobs.again(tenant.database, job, seconds=60)

    assert await claim(tenant.database) == []


async def test_eight_claimers_keep_the_order_of_every_queue(tenant: Tenant) -> None:
    queues = [new_id() for _ in range(10)]
    order = {new_id(): (queue, place) for place in range(12) for queue in queues}
    async with tenant.transaction():
        for subject, (queue, place) in order.items():
            await jobs.enqueue(tenant, "send", subject, queue=queue, place=place)
    finished: list[tuple[str, int]] = []

    async def work() -> None:
        while len(finished) < len(order):
            for job in await claim(tenant.database, limit=3):
                finished.append(order[job.subject])
                await jobs.done(tenant.database, job)

    await asyncio.gather(*(work() for _ in range(8)))
    for queue in queues:
        assert [place for its, place in finished if its == queue] == list(range(12))


async def test_a_long_job_is_kept_by_renewing_its_lease(tenant: Tenant) -> None:
    await promise(tenant, 1)
    (job,) = await claim(tenant.database)
    await expire(tenant.database)
    assert await jobs.renew(tenant.database, job, lease_seconds=60)
    assert await claim(tenant.database) == []

    await expire(tenant.database)
    (taken,) = await claim(tenant.database)
    assert not await jobs.renew(tenant.database, job, lease_seconds=60)
    assert await jobs.renew(tenant.database, taken, lease_seconds=60)


async def test_a_job_that_had_to_wait_for_its_turn_was_not_tried(tenant: Tenant) -> None:
    await promise(tenant, 1)
    for counted, tries in ((False, 1), (True, 1), (True, 2)):
        (job,) = await claim(tenant.database)
        assert job.tries == tries
        assert await jobs.again(tenant.database, job, seconds=0, counted=counted)


async def test_a_job_promised_again_while_it_runs_takes_its_new_place(tenant: Tenant) -> None:
    queue, first, second = new_id(), new_id(), new_id()
    await jobs.enqueue(tenant, "send", first, queue=queue, place=1)
    await jobs.enqueue(tenant, "send", second, queue=queue, place=2)
    (running,) = await claim(tenant.database)
    await jobs.enqueue(tenant, "send", first, queue=queue, place=3)
    assert await jobs.done(tenant.database, running)
    for subject in (second, first):
        (job,) = await claim(tenant.database)
        assert job.subject == subject
        assert await jobs.done(tenant.database, job)
