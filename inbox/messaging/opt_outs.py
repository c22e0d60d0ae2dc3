"""Who must not be written to: STOP and START, and what is taken for them.

An opt-out is kept for the pair of numbers that it was texted between, and reaches as far as the organisation has
chosen: all numbers of the company, or of the organisation. Twilio answers its own words by itself, so we never do:
one confirmation is all that is allowed, https://www.ecfr.gov/current/title-47/section-64.1200.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, exists, func, null, or_, select
from sqlalchemy.dialects.postgresql import insert

from inbox.languages import _
from inbox.messaging.keywords import Heard
from inbox.storage.columns import db_moment
from inbox.storage.database import Tenant
from inbox.storage.tables import company_numbers, conversations, messages, opt_outs, organisations

SPREAD = "spread_opt_out"
"""The job, about a conversation, that has an opt-out told by the provider reach as far as it has to."""

CERTAIN = and_(conversations.c.opted_out_at.is_not(None), conversations.c.opt_out_presumed.is_(False))
"""That nobody may answer in a conversation, whoever reads it: only the candidate's own word opens it again."""

Scope = Literal["company", "organisation"]
_WAIT = ("waiting_since", "overdue_at")
SCOPES: Mapping[Scope, str] = {
    "company": _("Every number of the company that was texted"),
    "organisation": _("Every number of the organisation"),
}


async def is_outdated(
    tenant: Tenant, company_number_id: str, number: str, word: Heard, at: datetime, *, is_history: bool = False
) -> bool:
    """Whether a word texted to a company number at `at` (UTC) says nothing any more, as something newer is known.

    A presumed wish that is history is also over when the candidate has written since.
    """
    theirs = select(conversations.c.id).where(*_with(tenant, number))
    if await _scope(tenant) == "company":
        theirs = theirs.where(conversations.c.company_id.in_(_company_of(tenant, company_number_id)))
    undone_by = ("opted_out", "presumed") if word == "start" else ("opted_in",)
    says: ColumnElement[bool] = messages.c.event.in_(undone_by)
    if word == "presumed" and is_history:
        says = messages.c.direction == "in"
    newer: ColumnElement[bool] = exists().where(
        messages.c.organisation_id == tenant.organisation_id,
        messages.c.conversation_id.in_(theirs),
        messages.c.at > at,
        says,
    )
    if word == "start":
        # The provider may have told of an opt-out whose text never came here.
        newer = newer | exists().where(
            opt_outs.c.organisation_id == tenant.organisation_id,
            opt_outs.c.company_number_id == company_number_id,
            opt_outs.c.number == number,
            opt_outs.c.at > at,
        )
    return bool(await tenant.fetch_val(select(newer)))


def _company_of(tenant: Tenant, company_number_id: str) -> Any:
    return select(company_numbers.c.company_id).where(
        company_numbers.c.organisation_id == tenant.organisation_id, company_numbers.c.id == company_number_id
    )


async def note_stop(
    tenant: Tenant,
    conversation_id: str,
    company_number_id: str,
    number: str,
    *,
    word: str,
    at: datetime | None = None,
    presumed: bool = False,
) -> bool:
    """Nobody may text `number` from this company number, since `at` (UTC) or now; a certain word ends a presumption.

    The answer is whether this is news.

    Belongs in the message's transaction, which holds the conversation. Other conversations follow by `spread`.
    """
    since = db_moment(at)
    new = insert(opt_outs).values(
        organisation_id=tenant.organisation_id,
        company_number_id=company_number_id,
        number=number,
        keyword=word[:500],
        presumed=presumed,
        at=since,
    )
    keys = ["organisation_id", "company_number_id", "number"]
    if presumed:
        change = new.on_conflict_do_nothing(index_elements=keys)
    else:
        certain = {"presumed": False, "keyword": new.excluded.keyword}
        change = new.on_conflict_do_update(index_elements=keys, set_=certain, where=opt_outs.c.presumed)
    is_news = await tenant.fetch_one(change.returning(opt_outs.c.at)) is not None
    await spread(tenant, number, conversation_id=conversation_id)
    return is_news


async def note_start(tenant: Tenant, company_number_id: str, number: str, *, at: datetime | None = None) -> None:
    """The candidate allows texts again, wherever the opt-out reached; only their own START may call this.

    One that was texted at `at` (UTC) ends no opt-out that is newer. Belongs in a transaction behind `hold`.
    """
    ended = opt_outs.delete().where(*_of(tenant, number))
    if at is not None:
        ended = ended.where(opt_outs.c.at <= at)
    if await _scope(tenant) == "company":
        theirs = select(company_numbers.c.id).where(
            company_numbers.c.organisation_id == tenant.organisation_id,
            company_numbers.c.company_id.in_(_company_of(tenant, company_number_id)),
        )
        ended = ended.where(opt_outs.c.company_number_id.in_(theirs))
    await tenant.execute(ended)
    await spread(tenant, number)


async def hold(tenant: Tenant, number: str) -> list[str]:
    """Lock every conversation with this candidate number, always in one order; their ids."""
    query = select(conversations.c.id).where(*_with(tenant, number)).order_by(conversations.c.id).with_for_update()
    return [row.id for row in await tenant.fetch_all(query)]


async def spread(tenant: Tenant, number: str, *, conversation_id: str | None = None) -> None:
    """Write into the conversations with `number`, or into one of them alone, whether an opt-out reaches them.

    Where it does for certain nobody may answer, so nobody waits there any more.
    """
    reaches = [
        opt_outs.c.company_number_id == conversations.c.company_number_id,
        company_numbers.c.company_id == conversations.c.company_id,
    ]
    if await _scope(tenant) == "organisation":
        reaches = [opt_outs.c.organisation_id == tenant.organisation_id]
    reaching = (
        select(func.min(opt_outs.c.at))
        .select_from(opt_outs.join(company_numbers, _same_number()))
        .where(
            opt_outs.c.organisation_id == conversations.c.organisation_id,
            opt_outs.c.number == conversations.c.candidate_number,
            opt_outs.c.company_number_id.in_(_numbers(tenant)),
            or_(*reaches),
        )
        .correlate(conversations)
    )
    certain = reaching.with_only_columns(func.min(case((opt_outs.c.presumed, 1), else_=0)))
    change = conversations.update().where(*_with(tenant, number))
    if conversation_id is not None:
        change = change.where(conversations.c.id == conversation_id)
    await tenant.execute(
        change.values(
            opted_out_at=reaching.scalar_subquery(),
            opt_out_presumed=case((certain.scalar_subquery() == 1, True), else_=False),
            **{name: case((certain.scalar_subquery() == 0, null()), else_=conversations.c[name]) for name in _WAIT},
        )
    )


async def inherit(tenant: Tenant, conversation_id: str, number: str) -> None:
    """A new conversation with `number` is blocked when an opt-out of before reaches it."""
    if await tenant.fetch_val(select(opt_outs.c.at).where(*_of(tenant, number)).limit(1)) is not None:
        await spread(tenant, number, conversation_id=conversation_id)


async def scope(tenant: Tenant) -> Scope:
    """How far an opt-out reaches in this organisation."""
    return await _scope(tenant)


async def choose_scope(tenant: Tenant, wanted: Scope) -> None:
    """Have opt-outs reach so far from now on, those of before too; in a transaction."""
    await tenant.execute(
        organisations.update().where(organisations.c.id == tenant.organisation_id).values(opt_out_scope=wanted)
    )
    rows = await tenant.fetch_all(
        select(opt_outs.c.number).where(opt_outs.c.organisation_id == tenant.organisation_id).distinct()
    )
    for number in sorted(row.number for row in rows):
        await hold(tenant, number)
        await spread(tenant, number)


async def _scope(tenant: Tenant) -> Scope:
    found: Scope = await tenant.fetch_val(
        select(organisations.c.opt_out_scope).where(organisations.c.id == tenant.organisation_id)
    )
    return found


def _numbers(tenant: Tenant) -> Any:
    """All company numbers: with them the keys of both tables serve a query by candidate number."""
    return select(company_numbers.c.id).where(company_numbers.c.organisation_id == tenant.organisation_id)


def _with(tenant: Tenant, number: str) -> tuple[ColumnElement[bool], ...]:
    return (
        conversations.c.organisation_id == tenant.organisation_id,
        conversations.c.company_number_id.in_(_numbers(tenant)),
        conversations.c.candidate_number == number,
    )


def _of(tenant: Tenant, number: str) -> tuple[ColumnElement[bool], ...]:
    return (
        opt_outs.c.organisation_id == tenant.organisation_id,
        opt_outs.c.company_number_id.in_(_numbers(tenant)),
        opt_outs.c.number == number,
    )


def _same_number() -> ColumnElement[bool]:
    return and_(
        company_numbers.c.organisation_id == opt_outs.c.organisation_id,
        company_numbers.c.id == opt_outs.c.company_number_id,
    )
