"""Campaigns: one text to many candidates, each with a row of their own before the first text goes out.

A campaign is "draft" until it is told to be looked through, "gathering" while its recipients are written down, then
"ready" for a person's decision; "scheduled", "sending", "paused" by somebody, "stopped" for want of segments, and in
the end "done" or "canceled".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl

from sqlalchemy import Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox import clock
from inbox.accounts.users import User
from inbox.automation import named_texts
from inbox.candidates import choices
from inbox.candidates.choices import Choice
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.storage import jobs
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import campaign_recipients as recipients
from inbox.storage.tables import campaigns as table
from inbox.storage.tables import users

State = Literal["draft", "gathering", "ready", "scheduled", "sending", "paused", "stopped", "done", "canceled"]

GATHER, SEND = "campaign_gather", "campaign_send"
PAGE = 50

_UNNAMED = _("Enter a name. Only your team sees it.")
ANSWERED = timedelta(days=7)
EDITABLE: Sequence[State] = ("draft", "gathering", "ready")
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
    file_id: str | None
    """The file that names the recipients instead."""
    only_consented: bool
    company_id: str | None
    template_id: str | None
    """The message template that its words began as."""
    sender_id: str
    sender: str
    state: State
    version: int
    """Counts changes."""
    place: str | None
    gathered_at: datetime | None
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
    def is_answered(self) -> bool:
        """Whether reports and answers still come in: some days from its first text."""
        return self.begun_at is not None and clock.now() - self.begun_at < ANSWERED

    @property
    def can_change(self) -> bool:
        """Whether its words and recipients may still be others."""
        return self.state in EDITABLE


async def create(
    tenant: Tenant,
    user: User,
    *,
    name: str,
    body: str,
    choice: Choice,
    only_consented: bool,
    company_id: str | None = None,
    file_id: str | None = None,
    template_id: str | None = None,
) -> str:
    """A new one in the name of `user`, whose recipients are looked through at once; its id. Raises Invalid.

    It is for those of a file, else for those of the choice.
    """
    values, campaign_id = named_texts.checked(name, body, unnamed=_UNNAMED), new_id()
    async with tenant.transaction():
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                id=campaign_id,
                company_id=company_id,
                template_id=template_id,
                sender_id=user.id,
                asked=choice.words,
                file_id=file_id,
                only_consented=only_consented,
                state="gathering",
                **values,
            )
        )
        await jobs.enqueue(tenant, GATHER, campaign_id)
    return campaign_id


async def change(
    tenant: Tenant,
    campaign_id: str,
    *,
    name: str,
    body: str,
    choice: Choice,
    only_consented: bool,
    file_id: str | None = None,
) -> None:
    """Other words or recipients, which are looked through again. Raises Invalid, Refused when it is being sent."""
    values = named_texts.checked(name, body, unnamed=_UNNAMED)
    async with tenant.transaction():
        moved = await tenant.fetch_one(
            update(table)
            .where(is_campaign(tenant, campaign_id), table.c.state.in_(EDITABLE))
            .values(
                asked=choice.words,
                file_id=file_id,
                only_consented=only_consented,
                state="gathering",
                version=table.c.version + 1,
                place=None,
                **values,
            )
            .returning(table.c.id)
        )
        if moved is None:
            raise Refused(_("This campaign is on its way. Its words can no longer be changed."))
        mine = recipients.c.organisation_id == tenant.organisation_id
        await tenant.execute(delete(recipients).where(mine, recipients.c.campaign_id == campaign_id))
        await jobs.enqueue(tenant, GATHER, campaign_id)


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
    values = {one.name: row[one.name] for one in fields(Campaign)}
    return Campaign(**values | {"only_consented": bool(row.only_consented)})
