"""Is this a moment for a text? Quiet hours where the candidate is, and how many texts they got from everybody today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select

from inbox.accounts.companies import Company
from inbox.languages import _, moments
from inbox.messaging import quiet_hours
from inbox.messaging.blocks import OF_PEOPLE, Block, Kind, Path
from inbox.messaging.conversations import Conversation
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations as conversation_rows
from inbox.storage.tables import messages
from providers.contract import DeliveryStatus

DAY = timedelta(hours=24)
AWAKE = timedelta(minutes=30)
"""Whoever wrote so lately is not woken by an answer."""


async def blocks(
    tenant: Tenant, conversations: Sequence[Conversation], path: Path, *, home: ZoneInfo, now: datetime
) -> Mapping[str, Block]:
    """What makes this moment (UTC) a wrong one, by the ids of the conversations; `home` as in `quiet_hours.quiet`."""
    found = await _capped(tenant, [one for one in conversations if one.rules.daily_cap], path, now)
    asleep: dict[str, Block] = {}
    for one in conversations:
        quiet = quiet_hours.quiet(one.candidate_number, one.rules.city, one.rules.texting_hours, now, home)
        if quiet is not None:
            asleep[one.id] = _in_quiet_hours(one, quiet, path, now)
    if asleep and path in OF_PEOPLE:
        awake = await _lately(tenant, [*asleep], now)
        asleep = {key: block for key, block in asleep.items() if key not in awake}
    return {**found, **asleep}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who is to be texted, maybe for the first time."""

    candidate_id: str
    number: str
    city: str | None


async def forecast(
    tenant: Tenant, addressees: Sequence[Addressee], company: Company, *, home: ZoneInfo, now: datetime
) -> Mapping[str, Kind]:
    """What would hold a text of the company's to these at this moment (UTC), by the ids of the candidates."""
    asleep = {
        one.candidate_id: Kind.QUIET
        for one in addressees
        if quiet_hours.quiet(one.number, one.city, company.texting_hours, now, home) is not None
    }
    if company.daily_cap is None or not addressees:
        return asleep
    sent = await _sent(tenant, {one.candidate_id for one in addressees}, now)
    return {key: Kind.CAP for key, times in sent.items() if len(times) >= company.daily_cap} | asleep


def _in_quiet_hours(conversation: Conversation, quiet: quiet_hours.Quiet, path: Path, now: datetime) -> Block:
    facts = {"name": conversation.first_name, "place": quiet.place}
    facts |= {"now": moments.clock_time(now, quiet.zone), "time": moments.clock_time(quiet.until, quiet.zone)}
    if path in OF_PEOPLE:
        words = _(
            "It is %(now)s where %(name)s is (%(place)s), and texts wait until %(time)s. "
            "Write why this one cannot, then press Send again.",
            **facts,
        )
    else:
        words = _("Held until %(time)s in %(place)s: quiet hours where %(name)s is.", **facts)
    kept = _("Held until %(time)s in %(place)s: quiet hours there.", time=facts["time"], place=quiet.place)
    return Block(Kind.QUIET, words, quiet.until, quiet.zone, kept)


async def _capped(
    tenant: Tenant, conversations: Sequence[Conversation], path: Path, now: datetime
) -> Mapping[str, Block]:
    """Those whose candidates have got as many texts as they may."""
    if not conversations:
        return {}
    sent = await _sent(tenant, {one.candidate_id for one in conversations}, now)
    found = {}
    for one in conversations:
        times = sent.get(one.candidate_id, [])
        if one.rules.daily_cap is None or len(times) < one.rules.daily_cap:
            continue
        until = times[-one.rules.daily_cap] + DAY
        facts = {"name": one.first_name, "number": len(times), "most": one.rules.daily_cap}
        if path in OF_PEOPLE:
            words = _(
                "%(name)s got %(number)s of at most %(most)s texts from your team in 24 hours. "
                "Write why one more is needed, then press Send again.",
                **facts,
            )
        else:
            words = _("Held: %(name)s got %(number)s of at most %(most)s texts in 24 hours.", **facts)
        kept = _("Held: %(number)s of at most %(most)s texts in 24 hours.", number=len(times), most=facts["most"])
        found[one.id] = Block(Kind.CAP, words, until, without_name=kept)
    return found


async def _sent(tenant: Tenant, candidate_ids: set[str], now: datetime) -> Mapping[str, list[datetime]]:
    """When the texts of the last day were written, oldest first, by the candidate; without those that failed."""
    rows = await tenant.fetch_all(
        select(conversation_rows.c.candidate_id, messages.c.at)
        .join(
            conversation_rows,
            and_(
                conversation_rows.c.organisation_id == messages.c.organisation_id,
                conversation_rows.c.id == messages.c.conversation_id,
            ),
        )
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            conversation_rows.c.candidate_id.in_(sorted(candidate_ids)),
            messages.c.direction == "out",
            messages.c.at > now - DAY,
            messages.c.status.not_in([status for status in DeliveryStatus if status.is_failure]),
        )
        .order_by(messages.c.at)
    )
    found: dict[str, list[datetime]] = {}
    for row in rows:
        found.setdefault(row.candidate_id, []).append(row.at)
    return found


async def _lately(tenant: Tenant, conversation_ids: Sequence[str], now: datetime) -> set[str]:
    """The conversations in which the candidate wrote a moment ago."""
    rows = await tenant.fetch_all(
        select(messages.c.conversation_id)
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id.in_(sorted(conversation_ids)),
            messages.c.direction == "in",
        )
        .group_by(messages.c.conversation_id)
        .having(func.max(messages.c.at) > now - AWAKE)
    )
    return {row.conversation_id for row in rows}
