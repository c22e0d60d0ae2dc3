"""Campaigns: one text to many candidates, each with a row of their own before the first text goes out.

A campaign is "draft" until it is told to be looked through, "gathering" while its recipients are written down, then
"ready" for a person's decision; "scheduled", "sending", "paused" by somebody, "stopped" for want of segments, and in
the end "done" or "canceled".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

from sqlalchemy import Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts.users import User
from inbox.automation import campaign_words
from inbox.candidates import choices
from inbox.candidates.choices import Choice
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import permission
from inbox.storage import jobs
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import campaign_recipients as recipients
from inbox.storage.tables import campaigns as table
from inbox.storage.tables import users

State = Literal["draft", "gathering", "ready", "scheduled", "sending", "paused", "stopped", "done", "canceled"]

GATHER, SEND = "campaign_gather", "campaign_send"
PAGE = 50

_EDITABLE: tuple[State, ...] = ("draft", "gathering", "ready")
STATE_WORDS: Mapping[State, str] = {
    "draft": _("Draft"),
    "gathering": _("Looking through the recipients"),
    "ready": _("Ready to send"),
    "scheduled": _("Scheduled"),
    "sending": _("Sending"),
    "paused": _("Paused"),
    "stopped": _("Stopped: no segments left"),
    "done": _("Sent"),
    "canceled": _("Canceled"),
}


@dataclass(frozen=True, slots=True)
class Campaign:
    """One text to many; `asked` names the recipients, as the list of candidates does in its address."""

    id: str
    name: str
    body: str
    asked: str
    only_consented: bool
    company_id: str | None
    sender_id: str
    sender: str
    state: State
    place: str | None
    send_at: datetime | None
    created_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None

    @property
    def choice(self) -> Choice:
        """Whom it is for."""
        return choices.read(dict(parse_qsl(self.asked)))

    @property
    def words(self) -> str:
        """Its state, in words."""
        return STATE_WORDS[self.state]

    @property
    def goes_on(self) -> bool:
        """Whether a worker is busy with it."""
        return self.state in ("gathering", "sending")

    @property
    def can_change(self) -> bool:
        """Whether its words and recipients may still be others."""
        return self.state in _EDITABLE


async def create(
    tenant: Tenant,
    user: User,
    *,
    name: str,
    body: str,
    choice: Choice,
    only_consented: bool,
    company_id: str | None = None,
) -> str:
    """A new one in the name of `user`, whose recipients are looked through at once; its id. Raises Invalid."""
    values, campaign_id = campaign_words.checked(name, body), new_id()
    async with tenant.transaction():
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                id=campaign_id,
                company_id=company_id,
                sender_id=user.id,
                asked=choice.words,
                only_consented=only_consented,
                state="gathering",
                **values,
            )
        )
        await jobs.enqueue(tenant, GATHER, campaign_id)
    return campaign_id


async def change(
    tenant: Tenant, campaign_id: str, *, name: str, body: str, choice: Choice, only_consented: bool
) -> None:
    """Other words or recipients, which are looked through again. Raises Invalid, Refused when it is being sent."""
    values = campaign_words.checked(name, body)
    async with tenant.transaction():
        moved = await tenant.fetch_one(
            update(table)
            .where(is_campaign(tenant, campaign_id), table.c.state.in_(_EDITABLE))
            .values(asked=choice.words, only_consented=only_consented, state="gathering", place=None, **values)
            .returning(table.c.id)
        )
        if moved is None:
            raise Refused(_("This campaign is on its way. Its words can no longer be changed."))
        mine = recipients.c.organisation_id == tenant.organisation_id
        await tenant.execute(delete(recipients).where(mine, recipients.c.campaign_id == campaign_id))
        await jobs.enqueue(tenant, GATHER, campaign_id)


async def send(tenant: Tenant, campaign_id: str, *, delay_seconds: float = 0.0, at: datetime | None = None) -> None:
    """Begin now, or at a moment (UTC) that is so many seconds away. Raises Refused unless it is ready."""
    async with tenant.transaction():
        await _has_sender(tenant, campaign_id)
        if at is None:
            await step(tenant, campaign_id, ["ready"], "sending", begun_at=db_now())
        else:
            await step(tenant, campaign_id, ["ready"], "scheduled", send_at=at)
        await jobs.enqueue(tenant, SEND, campaign_id, delay_seconds=delay_seconds)


async def pause(tenant: Tenant, campaign_id: str) -> None:
    """Hand out no more texts for now; a scheduled one waits for a person again. Raises Refused."""
    async with tenant.transaction():
        if not await moved(tenant, campaign_id, ["scheduled"], "ready", send_at=None):
            await step(tenant, campaign_id, ["sending"], "paused")


async def resume(tenant: Tenant, campaign_id: str) -> None:
    """Go on where it was paused, or stopped for want of segments. Raises Refused."""
    async with tenant.transaction():
        await _has_sender(tenant, campaign_id)
        await step(tenant, campaign_id, ["paused", "stopped"], "sending")
        await jobs.enqueue(tenant, SEND, campaign_id)


async def cancel(tenant: Tenant, campaign_id: str) -> None:
    """Never hand out the rest. Raises Refused when there is nothing to cancel."""
    open_ones: list[State] = ["draft", "gathering", "ready", "scheduled", "sending", "paused", "stopped"]
    await step(tenant, campaign_id, open_ones, "canceled", ended_at=db_now())


async def _has_sender(tenant: Tenant, campaign_id: str) -> None:
    await permission.sender(tenant, company_id=(await find(tenant, campaign_id)).company_id)


async def step(tenant: Tenant, campaign_id: str, before: Sequence[State], after: State, **values: Any) -> None:
    """Go from one of these states to another. Raises Refused when it is in none of them by now."""
    if not await moved(tenant, campaign_id, before, after, **values):
        raise Refused(_("This campaign has gone on meanwhile. See below where it stands."))


async def moved(tenant: Tenant, campaign_id: str, before: Sequence[State], after: State, **values: Any) -> bool:
    """Go from one of these states to another; whether it was in one of them. Holds it until the commit."""
    row = await tenant.fetch_one(
        update(table)
        .where(is_campaign(tenant, campaign_id), table.c.state.in_(before))
        .values(state=after, **values)
        .returning(table.c.id)
    )
    return row is not None


async def find(tenant: Tenant, campaign_id: str) -> Campaign:
    """The campaign; raises NotFound."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == campaign_id))
    if row is None:
        raise NotFound
    return _read(row)


async def page(
    tenant: Tenant, *, company_id: str | None = None, before: str | None = None
) -> tuple[Sequence[Campaign], str | None]:
    """The newest campaigns of a company, or those older than the id `before`; the id to ask the next page with."""
    narrowed = [] if company_id is None else [or_(table.c.company_id == company_id, table.c.company_id.is_(None))]
    if before is not None:
        narrowed.append(table.c.id < before)
    query = _selected(tenant).where(*narrowed).order_by(table.c.id.desc()).limit(PAGE + 1)
    found = [_read(row) for row in await tenant.fetch_all(query)]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def is_campaign(tenant: Tenant, campaign_id: str) -> ColumnElement[bool]:
    """The condition that finds one campaign of the organisation."""
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.id == campaign_id)


def _selected(tenant: Tenant) -> Select[Any]:
    sender = and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.sender_id)
    query = select(table, func.coalesce(users.c.name, "").label("sender")).select_from(table.outerjoin(users, sender))
    return query.where(table.c.organisation_id == tenant.organisation_id)


def _read(row: Any) -> Campaign:
    return Campaign(
        id=row.id,
        name=row.name,
        body=row.body,
        asked=row.asked,
        only_consented=bool(row.only_consented),
        company_id=row.company_id,
        sender_id=row.sender_id,
        sender=row.sender,
        state=row.state,
        place=row.place,
        send_at=row.send_at,
        created_at=row.created_at,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
    )
