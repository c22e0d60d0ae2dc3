"""What happens when a candidate waits too long: once for each wait, as the company has set it.

One job a company looks every minute for those who have waited for as many working hours; nothing is written when a
text comes in. Whether a wait was told of is kept on the conversation's row until somebody answers or closes it.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select

from inbox import clock
from inbox.accounts import companies, organisations, users, working_hours
from inbox.accounts.companies import Company
from inbox.accounts.roles import Act
from inbox.accounts.working_hours import WorkingHours
from inbox.errors import NotFound
from inbox.messaging import notes
from inbox.messaging.conditions import OPEN
from inbox.storage import events, jobs, notifications
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.jobs import Postponed
from inbox.storage.tables import conversations

ESCALATE = "escalate"
OVERDUE = "overdue"
EVERY_SECONDS = 60.0
MOST_HOURS = 99
AT_ONCE = 50


async def settle(tenant: Tenant, company: Company, hours: WorkingHours, to: str | None, after: int | None) -> None:
    """Keep a company's hours, and what follows when a candidate has waited for `after` of them; None: nothing.

    Whoever has waited as long by now is left alone: else the first minute told of the waits of years.
    """
    place = await _zone(tenant)
    values: dict[str, Any] = {"working_hours": hours.written(), "escalates_to": to, "escalates_after": after}
    is_new = company.escalates_to is None or company.escalates_after != after
    if to is not None and after is not None and is_new:
        now = clock.now()
        values["escalates_from"] = hours.start_of(timedelta(hours=after), now, place) or now
    async with tenant.transaction():
        await companies.change(tenant, company.id, **values)
        if to is not None:
            await jobs.enqueue(tenant, ESCALATE, company.id)


async def sweep(tenant: Tenant, company_id: str) -> Postponed | None:
    """Tell of those who have waited too long by now; None when the company does not want to know any more."""
    try:
        company = await companies.find(tenant, company_id)
    except NotFound:
        return None
    if company.escalates_to is None or company.escalates_after is None:
        return None
    hours, place = working_hours.read(company.working_hours), await _zone(tenant)
    until = hours.start_of(timedelta(hours=company.escalates_after), clock.now(), place)
    while until is not None and await _some(tenant, company, until) == AT_ONCE:
        continue
    return Postponed(EVERY_SECONDS)


async def _some(tenant: Tenant, company: Company, until: datetime) -> int:
    found = await tenant.fetch_all(
        select(conversations.c.id, conversations.c.assignee_id)
        .where(_is_overdue(tenant, company, until))
        .order_by(conversations.c.waiting_since)
        .limit(AT_ONCE)
    )
    for row in found:
        await _escalate(tenant, company, row.id, until)
    return len(found)


async def _escalate(tenant: Tenant, company: Company, conversation_id: str, until: datetime) -> None:
    """One conversation; nothing when somebody has answered, closed or snoozed it a moment ago."""
    goes_back = company.escalates_to == "shared"
    async with tenant.transaction():
        before = await tenant.fetch_one(
            select(conversations.c.assignee_id)
            .where(conversations.c.id == conversation_id, _is_overdue(tenant, company, until))
            .with_for_update()
        )
        if before is None:
            return
        values = {"overdue_at": db_now(), "version": conversations.c.version + 1}
        await tenant.execute(
            conversations.update()
            .where(conversations.c.organisation_id == tenant.organisation_id, conversations.c.id == conversation_id)
            .values(**values, **({"assignee_id": None} if goes_back else {}))
        )
        went_back = goes_back and before.assignee_id is not None
        note_id = new_id()
        seq = await events.record(
            tenant,
            EventKind.CONVERSATION_CHANGED,
            conversation_id=conversation_id,
            message_id=note_id,
            previous_assignee_id=before.assignee_id,
            assigned=went_back,
        )
        subject = f"{company.escalates_after}{' shared' if went_back else ''}"
        await notes.add_act(tenant, None, conversation_id, note_id=note_id, act="escalated", subject=subject, seq=seq)
        (note,) = await notes.by_ids(tenant, [note_id])
        whom = await _concerned(tenant, company, before.assignee_id)
        await notifications.notify(
            tenant, whom, OVERDUE, conversation_id=conversation_id, message_id=note_id, words=note.words
        )


async def _concerned(tenant: Tenant, company: Company, owner_id: str | None) -> set[str]:
    """Who is notified: whoever has or had the conversation; the managers, if they are to know or nobody has it."""
    if company.escalates_to != "managers" and owner_id is not None:
        return {owner_id}
    if company.escalates_to == "shared":
        return set()
    return {manager.id for manager in await users.who_may(tenant, Act.SETTINGS, in_company=company.id)}


def _is_overdue(tenant: Tenant, company: Company, until: datetime) -> ColumnElement[bool]:
    wanted = [
        conversations.c.organisation_id == tenant.organisation_id,
        conversations.c.company_id == company.id,
        conversations.c.waiting_since.is_not(None),
        conversations.c.overdue_at.is_(None),
        conversations.c.waiting_since <= until,
        conversations.c.opted_out_at.is_(None),  # nobody may answer
        OPEN,
    ]
    if company.escalates_from is not None:
        wanted.append(conversations.c.waiting_since > company.escalates_from)
    return and_(*wanted)


async def _zone(tenant: Tenant) -> ZoneInfo:
    return ZoneInfo((await organisations.find(tenant.database, tenant.organisation_id)).time_zone)
