"""Reports > Chat: how many texts went out and came in, and how far candidates came, by days of the organisation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, case, exists, func, select
from sqlalchemy.sql.elements import ColumnElement

from inbox.languages import _, moments
from inbox.messaging import outcomes
from inbox.storage.columns import db_quarter
from inbox.storage.database import Tenant
from inbox.storage.sight import in_seen, seen, with_seen
from inbox.storage.tables import (
    campaign_recipients,
    campaigns,
    candidates,
    chatbot_sessions,
    conversations,
    messages,
)

Usage = Literal["all", "person", "campaign", "workflow", "chatbot"]
Group = Literal[
    "selected", "can_text", "sent", "delivered", "replied", "opted_out", "started", "finished", "handed_over", "dropped"
]
_TEXTED: Sequence[Group] = ("sent", "delivered", "replied", "opted_out")
_DIALOGUES: Mapping[Group, str | None] = {
    "started": None,
    "finished": "done",
    "handed_over": "handed",
    "dropped": "dropped",
}
"""The groups of a chatbot, and the state of the sessions that they count."""
PAGE = 50
_QUARTER = 900


@dataclass(frozen=True, slots=True)
class Asked:
    """What is reported on: [start, end) in UTC, None where a side is open, and who or what wrote the texts."""

    start: datetime | None
    end: datetime | None
    usage: Usage
    zone: ZoneInfo
    company_id: str | None = None
    """Whose texts; None: every company's."""


@dataclass(frozen=True, slots=True)
class Period:
    """The texts of a day, or of a week from Monday on; `first` and `last` are local days, both included."""

    first: date
    last: date
    sent: int
    delivered: int
    failed: int
    received: int
    segments: int
    """Of what was sent and received."""

    @property
    def words(self) -> str:
        """Its days: "Thu 26 November", or the first and the last one."""
        if self.first == self.last:
            return moments.day_words(self.first)
        return _(
            "%(first)s to %(last)s",
            first=moments.date_words(self.first),
            last=moments.date_words(self.last, year=True),
        )


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate behind a number."""

    id: str
    name: str | None
    number: str | None


async def periods(tenant: Tenant, asked: Asked, *, by_week: bool) -> list[Period]:
    """Those in which something was written, the newest first. Received texts count where all usages are asked for."""
    quarter = db_quarter(messages.c.at)
    received = and_(messages.c.direction == "in", messages.c.direction == ("in" if asked.usage == "all" else "none"))
    kinds = {
        "sent": outcomes.is_outcome("sent"),
        "delivered": outcomes.is_outcome("delivered"),
        "failed": outcomes.is_outcome("failed"),
        "received": received,
    }
    counted = kinds["sent"] | kinds["received"]
    rows = await tenant.fetch_all(
        select(
            quarter.label("quarter"),
            *(func.sum(case((condition, 1), else_=0)).label(name) for name, condition in kinds.items()),
            func.sum(case((counted, messages.c.segments), else_=0)).label("segments"),
        )
        .where(*_written(tenant, asked), *_of_usage(asked))
        .group_by(quarter)
    )
    found: dict[date, dict[str, int]] = {}
    for row in rows:
        day = datetime.fromtimestamp(row.quarter * _QUARTER, UTC).astimezone(asked.zone).date()
        first = day - timedelta(days=day.weekday()) if by_week else day
        sums = found.setdefault(first, dict.fromkeys([*kinds, "segments"], 0))
        for name in sums:
            sums[name] += int(getattr(row, name))
    last = timedelta(days=6 if by_week else 0)
    return [Period(first=first, last=first + last, **sums) for first, sums in sorted(found.items(), reverse=True)]


async def funnel(tenant: Tenant, asked: Asked) -> Mapping[Group, int]:
    """How many different candidates are in each group."""
    return {group: await _number(tenant, asked, group) for group in groups_of(asked.usage)}


def groups_of(usage: Usage) -> Sequence[Group]:
    """Only a campaign selects people before it texts them, and a chatbot talks with them."""
    if usage == "chatbot":
        return (*_DIALOGUES, "opted_out")
    return ("selected", "can_text", *_TEXTED) if usage == "campaign" else _TEXTED


async def people(
    tenant: Tenant, asked: Asked, group: Group, *, after: str | None = None
) -> tuple[Sequence[Person], str | None]:
    """Exactly the candidates that a group counts, those behind the id `after`; the id to ask the next page with."""
    them = _them(tenant, asked, group).subquery("them")
    query = (
        select(candidates.c.id, candidates.c.name, func.min(conversations.c.candidate_number).label("number"))
        .select_from(candidates)
        .join(them, them.c.candidate_id == candidates.c.id)
        .outerjoin(
            conversations,
            and_(
                conversations.c.organisation_id == candidates.c.organisation_id,
                conversations.c.candidate_id == candidates.c.id,
            ),
        )
        .where(candidates.c.organisation_id == tenant.organisation_id)
        .group_by(candidates.c.id, candidates.c.name)
        .order_by(candidates.c.id)
        .limit(PAGE + 1)
    )
    if after is not None:
        query = query.where(candidates.c.id > after)
    rows = await tenant.fetch_all(query)
    found = [Person(row.id, row.name, row.number) for row in rows[:PAGE]]
    return found, found[-1].id if len(rows) > PAGE else None


async def _number(tenant: Tenant, asked: Asked, group: Group) -> int:
    them = _them(tenant, asked, group).subquery("them")
    number: int = await tenant.fetch_val(select(func.count()).select_from(them))
    return number


def _them(tenant: Tenant, asked: Asked, group: Group) -> Select[Any]:
    """The ids of a group's candidates, each once."""
    if group in _DIALOGUES:
        return _talkers(tenant, asked, _DIALOGUES[group])
    if group in ("selected", "can_text"):
        return _recipients(tenant, asked, only_texted=group == "can_text")
    sent = outcomes.is_outcome("sent")
    conditions: dict[str, ColumnElement[bool]] = {
        "sent": sent,
        "delivered": outcomes.is_outcome("delivered"),
        "replied": and_(sent, outcomes.is_answered()),
        "opted_out": and_(sent, conversations.c.opted_out_at >= messages.c.at),
    }
    return (
        select(conversations.c.candidate_id.label("candidate_id"))
        .distinct()
        .select_from(messages)
        .join(
            conversations,
            and_(
                conversations.c.organisation_id == messages.c.organisation_id,
                conversations.c.id == messages.c.conversation_id,
            ),
        )
        .where(*_written(tenant, asked), *_of_usage(asked), conditions[group])
    )


def _recipients(tenant: Tenant, asked: Asked, *, only_texted: bool) -> Select[Any]:
    """Who was chosen for the campaigns that began in these days."""
    begun = exists().where(
        campaigns.c.organisation_id == campaign_recipients.c.organisation_id,
        campaigns.c.id == campaign_recipients.c.campaign_id,
        campaigns.c.begun_at.is_not(None),
        *_between(campaigns.c.begun_at, asked),
        *([campaigns.c.company_id == asked.company_id] if asked.company_id else []),
    )
    query = (
        select(campaign_recipients.c.candidate_id.label("candidate_id"))
        .distinct()
        .where(
            campaign_recipients.c.organisation_id == tenant.organisation_id,
            begun,
            *with_seen(tenant, campaign_recipients.c.candidate_id),
        )
    )
    return query.where(campaign_recipients.c.state != "skipped") if only_texted else query


def _talkers(tenant: Tenant, asked: Asked, state: str | None) -> Select[Any]:
    """Who began a dialogue with the chatbot in these days; with `state` only dialogues that ended so."""
    begun = [chatbot_sessions.c.organisation_id == tenant.organisation_id, chatbot_sessions.c.intent_id.is_not(None)]
    begun += _between(chatbot_sessions.c.begun_at, asked)
    begun += [conversations.c.company_id == asked.company_id] if asked.company_id else []
    begun += [] if state is None else [chatbot_sessions.c.state == state]
    return (
        select(conversations.c.candidate_id.label("candidate_id"))
        .distinct()
        .select_from(chatbot_sessions)
        .join(
            conversations,
            and_(
                conversations.c.organisation_id == chatbot_sessions.c.organisation_id,
                conversations.c.id == chatbot_sessions.c.conversation_id,
            ),
        )
        .where(*begun, *seen(tenant))
    )


def _written(tenant: Tenant, asked: Asked) -> list[ColumnElement[bool]]:
    return [
        messages.c.organisation_id == tenant.organisation_id,
        *([messages.c.company_id == asked.company_id] if asked.company_id else []),
        *in_seen(tenant, messages.c.conversation_id, of_one_company=asked.company_id is not None),
        *_between(messages.c.at, asked),
    ]


def _between(at: ColumnElement[Any], asked: Asked) -> list[ColumnElement[bool]]:
    begins = [] if asked.start is None else [at >= asked.start]
    return begins if asked.end is None else [*begins, at < asked.end]


def _of_usage(asked: Asked) -> list[ColumnElement[bool]]:
    return [] if asked.usage == "all" else [messages.c.source == asked.usage, messages.c.direction == "out"]
