"""Reports > Chat: how many texts went out and came in, and how far candidates came, by days of the organisation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import Select, and_, select

from inbox.languages import _, moments
from inbox.reports import chosen, reading, sums
from inbox.reports.reading import Days
from inbox.reports.tallies import IN
from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import (
    candidate_documents,
    chatbot_sessions,
    conversations,
)

Usage = Literal["all", "person", "campaign", "workflow", "chatbot"]
Group = Literal[
    "selected", "can_text", "sent", "delivered", "replied", "opted_out", "started", "finished", "handed_over", "dropped"
]
GROUPS: dict[Group, str] = {
    "selected": _("Selected"),
    "can_text": _("Can text"),
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "replied": _("Replied"),
    "opted_out": _("Opted out"),
    "started": _("Started"),
    "finished": _("Finished"),
    "handed_over": _("Handed over"),
    "dropped": _("Dropped"),
}
_TEXTED: Sequence[Group] = ("sent", "delivered", "replied", "opted_out")
_DIALOGUES: Mapping[Group, str | None] = {
    "started": None,
    "finished": "done",
    "handed_over": "handed",
    "dropped": "dropped",
}
"""The groups of a chatbot, and the state of the sessions that they count."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is reported on: [start, end) in UTC, None where a side is open, and who or what wrote the texts."""

    start: datetime | None
    end: datetime | None
    usage: Usage
    zone: ZoneInfo
    company_id: str | None = None
    """Whose texts; None: every company's."""

    @property
    def days(self) -> Days:
        """Of which days."""
        return Days(self.start, self.end, self.zone, self.company_id)


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


async def periods(tenant: Tenant, asked: Asked, *, by_week: bool) -> list[Period]:
    """Those in which something was written, the newest first. Received texts count where all usages are asked for."""
    found: dict[date, list[sums.Texts]] = {}
    for day, counted in (await reading.texts(tenant, asked.days)).items():
        wanted = {source: numbers for source, numbers in counted.items() if asked.usage in ("all", source)}
        if wanted:
            found.setdefault(day - timedelta(days=day.weekday()) if by_week else day, []).append(wanted)
    last = timedelta(days=6 if by_week else 0)
    return [_period(first, first + last, sums.add_texts(many)) for first, many in sorted(found.items(), reverse=True)]


def _period(first: date, last: date, counted: sums.Texts) -> Period:
    received = counted.pop(IN, [0] * 5)
    sent, delivered, failed, _in, segments = map(sum, zip(*counted.values(), [0] * 5, strict=True))
    return Period(first, last, sent, delivered, failed, received[3], segments + received[4])


async def funnel(tenant: Tenant, asked: Asked) -> Mapping[Group, int]:
    """How many different candidates are in each group."""
    return {group: len(them) for group, them in (await groups(tenant, asked, groups_of(asked.usage))).items()}


def groups_of(usage: Usage) -> Sequence[Group]:
    """Only campaigns and workflows choose people before they text them, and a chatbot talks with them."""
    if usage == "chatbot":
        return (*_DIALOGUES, "opted_out")
    return ("selected", "can_text", *_TEXTED) if usage in ("campaign", "workflow") else _TEXTED


async def groups(tenant: Tenant, asked: Asked, wanted: Sequence[Group]) -> dict[Group, BitMap]:
    """Who is in these groups, by the ids of their search documents."""
    texted = await reading.people(tenant, asked.days) if set(wanted) & set(_TEXTED) else {}
    found: dict[Group, BitMap] = {}
    for group in wanted:
        if group in _DIALOGUES:
            found[group] = await _ids(tenant, _talkers(tenant, asked, _DIALOGUES[group]))
        elif group in ("selected", "can_text"):
            choose = chosen.by_workflows if asked.usage == "workflow" else chosen.by_campaigns
            found[group] = await _ids(tenant, await choose(tenant, asked.days, only_texted=group == "can_text"))
        elif group == "opted_out":
            sent = reading.of_usage(texted, asked.usage, 0)
            found[group] = sent & await _ids(tenant, _gone(tenant, asked)) if sent else sent
        else:
            found[group] = reading.of_usage(texted, asked.usage, _TEXTED.index(group))
    return found


async def _ids(tenant: Tenant, query: Select[Any]) -> BitMap:
    """The ids of the search documents of the candidates that a query chooses."""
    them = query.subquery("them")
    rows = await tenant.fetch_all(
        select(candidate_documents.c.id)
        .join(them, them.c.candidate_id == candidate_documents.c.candidate_id)
        .where(candidate_documents.c.organisation_id == tenant.organisation_id)
    )
    return BitMap([row.id for row in rows])


def _gone(tenant: Tenant, asked: Asked) -> Select[Any]:
    """Who opted out in these days or later, and wants no texts now."""
    return (
        select(conversations.c.candidate_id)
        .distinct()
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            *([conversations.c.company_id == asked.company_id] if asked.company_id else []),
            conversations.c.opted_out_at.is_not(None),
            *([conversations.c.opted_out_at >= asked.start] if asked.start else []),
            *seen(tenant),
        )
    )


def _talkers(tenant: Tenant, asked: Asked, state: str | None) -> Select[Any]:
    """Who began a dialogue with the chatbot in these days; with `state` only dialogues that ended so."""
    begun = [chatbot_sessions.c.organisation_id == tenant.organisation_id, chatbot_sessions.c.intent_id.is_not(None)]
    begun += chosen.between(chatbot_sessions.c.begun_at, asked.days)
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
