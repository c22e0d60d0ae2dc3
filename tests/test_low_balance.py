"""Mails when few segments are left, and of what somebody was told and has not read."""

import asyncio

import pytest
from sqlalchemy import select, update

from inbox import low_balance
from inbox.accounts.roles import Role
from inbox.billing import balance
from inbox.messaging import handling, mailed_notifications, notifications
from inbox.storage import jobs, tables
from inbox.storage import notifications as stored
from inbox.storage.database import Tenant
from tests.messaging.scene import Scene, scene  # noqa: F401

pytestmark = pytest.mark.anyio


async def subjects(tenant: Tenant) -> list[tuple[str, str]]:
    rows = await tenant.fetch_all(select(tables.mails).order_by(tables.mails.c.id))
    return [(row.email, row.subject) for row in rows]


async def left(tenant: Tenant, segments: int) -> None:
    """So many are left, by whatever has spent the others; two workers look."""
    await tenant.execute(update(tables.segment_balances).values(balance=segments))
    await asyncio.gather(low_balance.warn(tenant.database), low_balance.warn(tenant.database))
    await low_balance.warn(tenant.database)


async def test_who_can_top_up_is_mailed_at_each_mark_once(scene: Scene) -> None:  # noqa: F811
    tenant = scene.tenant
    await tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    told: list[list[str]] = []
    for segments in (251, 250, 101, 100, 1, 0, -3):
        await left(tenant, segments)
        told.append([subject for _, subject in await subjects(tenant)])
    at_quarter, at_tenth, at_nothing = (
        "Only 250 segments left",
        "Only 100 segments left",
        "No segments left: texts are not sent",
    )
    assert [len(some) for some in told] == [0, 1, 1, 2, 2, 3, 3]
    assert told[-1] == [at_quarter, at_tenth, at_nothing]
    assert {email for email, _ in await subjects(tenant)} == {scene.jo.email}
    async with tenant.transaction():
        await balance.top_up(tenant, "Jo Park", 103, "")
    await left(tenant, 20)  # 20 %, straight from all: one mail
    assert len(await subjects(tenant)) == 4
    await left(tenant, 0)
    assert len(await subjects(tenant)) == 5


async def test_what_stays_unread_is_mailed_to_who_wants_it(scene: Scene) -> None:  # noqa: F811
    tenant, jo = scene.tenant, scene.jo
    due: list[str] = []
    for wants in (False, True, True):
        await tenant.execute(update(tables.users).values(mails=wants))
        conversation = await scene.text_in()
        state = await scene.row(conversation)
        await handling.assign(tenant, jo, conversation, scene.ana.id, version=state.version)
        rows = await tenant.fetch_all(select(tables.jobs).where(tables.jobs.c.kind == stored.MAIL_UNREAD))
        due = [row.subject for row in rows]
        await handling.assign(tenant, jo, conversation, None, version=state.version + 1)
    assert len(due) == 2
    assert not await jobs.claim(tenant.database, kinds=[stored.MAIL_UNREAD], limit=9, lease_seconds=9)
    await notifications.read(tenant, scene.ana, due[0])
    for notification_id in due:
        await mailed_notifications.mail_unread(tenant, notification_id)
    assert await subjects(tenant) == [(scene.ana.email, "Jo Park assigned a conversation to you.")]
