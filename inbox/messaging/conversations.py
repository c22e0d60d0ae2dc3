"""A conversation: one company number and one candidate number, with what the list needs kept on its row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, literal, null, or_, select

from inbox.candidates.dead_numbers import Reason
from inbox.errors import NotFound
from inbox.languages import _
from inbox.messaging import lines, searchable, texting_rules
from inbox.messaging.texting_rules import Rules
from inbox.storage.columns import Id, db_moment, earlier
from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import (
    candidates,
    companies,
    company_numbers,
    conversations,
    dead_numbers,
    segment_balances,
    users,
)
from providers import phone

REOPENED: Mapping[str, Any] = {
    "closed_at": None,
    "closed_by_id": None,
    "version": conversations.c.version + case((conversations.c.closed_at.is_(None), 0), else_=1),
}
"""What opens a closed conversation again, as values of an update; an open one stays as it is."""

_is_in_lists = and_(conversations.c.closed_at.is_(None), conversations.c.snoozed_until.is_(None))
AWAKE: Mapping[str, Any] = {
    **REOPENED,
    "snoozed_until": None,
    "version": conversations.c.version + case((_is_in_lists, 0), else_=1),
}
"""What brings a conversation back into the open lists, whether it is closed or snoozed."""

_closers = users.alias("closers")


def _same_organisation(table: Any, reference: Any) -> Any:
    return and_(table.c.organisation_id == conversations.c.organisation_id, table.c.id == reference)


# Whoever shares a number is not called by a name before somebody has said whose it is.
named = case((conversations.c.undecided, null()), else_=candidates.c.name)
_WHOLE = (
    select(
        conversations,
        named.label("name"),
        case((conversations.c.undecided, null()), else_=candidates.c.job).label("job"),
        users.c.name.label("assignee"),
        _closers.c.name.label("closed_by"),
        company_numbers.c.number.label("company_number"),
        company_numbers.c.provider_account_id,
        *texting_rules.COLUMNS,
        dead_numbers.c.reason.label("dead"),
        (segment_balances.c.balance > 0).label("has_segments"),
    )
    .select_from(conversations)
    .join(segment_balances, segment_balances.c.organisation_id == conversations.c.organisation_id)
    .join(companies, _same_organisation(companies, conversations.c.company_id))
    .join(candidates, _same_organisation(candidates, conversations.c.candidate_id))
    .join(company_numbers, _same_organisation(company_numbers, conversations.c.company_number_id))
    .outerjoin(
        dead_numbers,
        and_(
            dead_numbers.c.organisation_id == conversations.c.organisation_id,
            dead_numbers.c.number == conversations.c.candidate_number,
        ),
    )
    .outerjoin(users, _same_organisation(users, conversations.c.assignee_id))
    .outerjoin(_closers, _same_organisation(_closers, conversations.c.closed_by_id))
    .where(conversations.c.organisation_id == bindparam("organisation"))
)
# Built once: each is asked for every text and every report.
_FOUND = _WHOLE.where(conversations.c.id == bindparam("conversation", type_=Id()))
_LOCKED = _FOUND.with_for_update(of=conversations)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Who texts with whom, and where the conversation stands."""

    id: str
    company_id: str
    company_number_id: str
    company_number: str
    provider_account_id: str
    candidate_id: str
    candidate_number: str
    sharers: int
    undecided: bool
    """Whether nobody has said which of the candidates who have this number it is."""
    name: str
    job: str | None
    """Of the candidate, when it is said who that is."""
    assignee_id: str | None
    assignee: str | None
    version: int
    """Counts assignments, closings and reopenings, snoozes and their ends."""
    closed_at: datetime | None
    closed_by: str | None
    snoozed_until: datetime | None
    unread: int
    scheduled: int
    opted_out_at: datetime | None
    opt_out_presumed: bool
    """Whether the opt-out was said in other words than the provider's, and nobody has decided yet."""
    erased_at: datetime | None
    """When everything that was written in it was removed; nothing can be written since."""
    last_message_at: datetime | None
    waiting_since: datetime | None
    """Since when the candidate waits for an answer."""
    has_segments: bool
    rules: Rules
    dead: Reason | None
    """Why the candidate's number takes no texts."""
    with_chatbot: bool
    """Whether the chatbot answers here."""

    @property
    def first_name(self) -> str:
        """What to call the candidate in a sentence."""
        return _("This person") if self.name.startswith("+") else self.name.split()[0]


async def find(tenant: Tenant, conversation_id: str, *, lock: bool = False) -> Conversation:
    """The conversation `conversation_id`; raises NotFound, also when it is not to be seen.

    `lock` (only inside a transaction) keeps other writers of this conversation waiting until it ends.
    """
    values = {"organisation": tenant.organisation_id, "conversation": conversation_id}
    row = await tenant.fetch_one(_LOCKED if lock else _FOUND, values)
    if row is None or not tenant.sees(row.id, row.assignee_id, row.company_id):
        raise NotFound
    return _conversation(row)


async def by_ids(tenant: Tenant, ids: Collection[str], *, lock: bool = False) -> dict[str, Conversation]:
    """These conversations by id; ids that are not there are left out. `lock` as in `find`, in the order of the ids."""
    if not ids:
        return {}
    query = _WHOLE.where(conversations.c.id.in_(sorted(ids)), *seen(tenant)).order_by(conversations.c.id)
    values = {"organisation": tenant.organisation_id}
    found = await tenant.fetch_all(query.with_for_update(of=conversations) if lock else query, values)
    return {row.id: _conversation(row) for row in found}


async def change(tenant: Tenant, conversation_id: str, **values: Any) -> None:
    """Set columns of one conversation. Inside a transaction its row stays locked until the end."""
    same = conversations.c.organisation_id == tenant.organisation_id, conversations.c.id == conversation_id
    await tenant.execute(conversations.update().where(*same).values(**values))


async def written(
    tenant: Tenant,
    conversation_id: str,
    *,
    message_id: str,
    text: str,
    last_author: str | None,
    at: datetime | None = None,
    **values: Any,
) -> datetime:
    """Put a new message into its conversation; the moment it counts as written (UTC, the database's clock).

    That is now, or `at` for one that was written before and comes late: it has its place among the others, and only
    the newest is shown in the list, as `text` by `last_author`. The row stays locked until the transaction ends.
    """
    moment = db_moment(at)
    shown = {
        "last_message_at": moment,
        "last_message_id": literal(message_id, Id()),
        "last_text": lines.shown(text),
        "last_author": last_author,
    }
    if at is not None:
        is_newest = or_(conversations.c.last_message_at.is_(None), conversations.c.last_message_at <= moment)
        shown = {name: case((is_newest, value), else_=conversations.c[name]) for name, value in shown.items()}
    row = await tenant.fetch_one(
        conversations.update()
        .where(conversations.c.organisation_id == tenant.organisation_id, conversations.c.id == conversation_id)
        .values(first_message_at=earlier(conversations.c.first_message_at, moment), **shown, **values)
        .returning(moment.label("moment"), conversations.c.last_message_at)
    )
    if row is None:
        raise NotFound
    await searchable.written(tenant, conversation_id, text, at=row.moment, last_at=row.last_message_at)
    return row.moment  # type: ignore[no-any-return]


def _conversation(row: Any) -> Conversation:
    return Conversation(
        id=row.id,
        company_id=row.company_id,
        company_number_id=row.company_number_id,
        company_number=row.company_number,
        provider_account_id=row.provider_account_id,
        candidate_id=row.candidate_id,
        candidate_number=row.candidate_number,
        sharers=row.sharers,
        undecided=bool(row.undecided),
        name=row.name or phone.readable(row.candidate_number),
        job=row.job,
        assignee_id=row.assignee_id,
        assignee=row.assignee,
        version=row.version,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        snoozed_until=row.snoozed_until,
        unread=row.unread,
        scheduled=row.scheduled,
        opted_out_at=row.opted_out_at,
        opt_out_presumed=bool(row.opt_out_presumed),
        erased_at=row.erased_at,
        has_segments=bool(row.has_segments),
        rules=texting_rules.read(row),
        dead=row.dead,
        with_chatbot=bool(row.with_chatbot),
        last_message_at=row.last_message_at,
        waiting_since=row.waiting_since,
    )
