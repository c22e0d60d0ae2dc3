"""Rows of the list: what is kept on a conversation's row, with the names of its candidate and its assignee."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select

from inbox.accounts import working_hours
from inbox.accounts.working_hours import WorkingHours
from inbox.messaging import waits
from inbox.messaging.conversations import named
from inbox.messaging.places import key_of, waiting_key_of
from inbox.messaging.views import View
from inbox.messaging.waits import Wait
from inbox.storage.database import Tenant
from inbox.storage.tables import candidates, companies, conversations, users
from providers import phone


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One row of the list, for any reader: nothing in it is personal."""

    id: str
    company_id: str
    candidate_id: str
    name: str
    number: str
    sharers: int
    """Candidates who have this number, if nobody has said whose of them it is; else 1."""
    last_text: str
    last_author: str | None
    last_at: datetime
    unread: int
    failed: int
    unconfirmed: int
    """Those of the failed that may have arrived all the same."""
    scheduled: int
    """Texts that go out later, or were to."""
    opted_out: bool
    closed: bool
    snoozed_until: datetime | None
    with_chatbot: bool
    waiting_since: datetime | None
    overdue: bool
    """Whether they have waited too long."""
    working_hours: WorkingHours
    """Of the company that has it."""
    assignee_id: str | None
    assignee: str | None

    def wait(self, zone: str) -> Wait | None:
        """How long the candidate has waited, in the hours of the company by the organisation's `zone`; None: not."""
        return waits.of(self.waiting_since, self.working_hours, zone) if self.waiting_since else None

    def key_in(self, view: View) -> str:
        """The place in the list of a view that shows it: sorts as text, what stands on top last."""
        if view.waiting and self.waiting_since is not None:
            return waiting_key_of(self.waiting_since, self.id)
        return key_of(self.last_at, self.id)


async def by_ids(tenant: Tenant, ids: Collection[str]) -> dict[str, ConversationRow]:
    """The list rows of these conversations by id; one that is not listed yet is left out."""
    if not ids:
        return {}
    found = await tenant.fetch_all(listed(tenant).where(conversations.c.id.in_(sorted(ids))))
    return {row.id: row_of(row) for row in found}


def listed(tenant: Tenant) -> Select[Any]:
    """What a list row needs, for every conversation in which something was written."""
    return (
        select(
            conversations.c.id,
            conversations.c.company_id,
            conversations.c.candidate_id,
            conversations.c.candidate_number,
            conversations.c.assignee_id,
            conversations.c.unread,
            conversations.c.failed,
            conversations.c.unconfirmed,
            conversations.c.scheduled,
            conversations.c.opted_out_at,
            conversations.c.closed_at,
            conversations.c.snoozed_until,
            conversations.c.with_chatbot,
            conversations.c.waiting_since,
            conversations.c.overdue_at,
            conversations.c.last_message_at,
            conversations.c.last_text,
            conversations.c.last_author,
            named.label("name"),
            conversations.c.sharers,
            conversations.c.undecided,
            companies.c.working_hours,
            users.c.name.label("assignee"),
        )
        .select_from(conversations)
        .join(candidates, _same_organisation(candidates, conversations.c.candidate_id))
        # Outer, so that SQLite does not begin with the few companies and sort the list.
        .outerjoin(companies, _same_organisation(companies, conversations.c.company_id))
        .outerjoin(users, _same_organisation(users, conversations.c.assignee_id))
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.last_message_at.is_not(None),
        )
    )


def row_of(row: Any) -> ConversationRow:
    """A row of `listed` as what templates read."""
    return ConversationRow(
        id=row.id,
        company_id=row.company_id,
        candidate_id=row.candidate_id,
        name=row.name or phone.readable(row.candidate_number),
        number=row.candidate_number,
        sharers=row.sharers if row.undecided else 1,
        last_text=row.last_text,
        last_author=row.last_author,
        last_at=row.last_message_at,
        unread=row.unread,
        failed=row.failed,
        unconfirmed=row.unconfirmed,
        scheduled=row.scheduled,
        opted_out=row.opted_out_at is not None,
        closed=row.closed_at is not None,
        snoozed_until=row.snoozed_until,
        with_chatbot=bool(row.with_chatbot),
        waiting_since=row.waiting_since,
        overdue=row.overdue_at is not None,
        working_hours=working_hours.read(row.working_hours),
        assignee_id=row.assignee_id,
        assignee=row.assignee,
    )


def _same_organisation(table: Any, reference: Any) -> Any:
    return and_(table.c.organisation_id == conversations.c.organisation_id, table.c.id == reference)
