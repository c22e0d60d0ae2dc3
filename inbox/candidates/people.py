"""A candidate: profile, the list of candidates, and finding or creating one by number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select, tuple_

from inbox.candidates import choices, consents, dead_numbers, numbers, searchable
from inbox.candidates.choices import EVERYBODY, Choice
from inbox.candidates.dead_numbers import Reason
from inbox.errors import NotFound
from inbox.languages import _
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import candidate_numbers, candidates, conversations, users
from providers import phone

PAGE = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """Someone we write to. `name` is the number in readable form while no name is known."""

    id: str
    name: str
    number: str | None
    email: str | None
    stage: str | None
    job: str | None
    city: str | None
    consent: str | None
    owner: str | None
    created_at: datetime
    conversation_id: str | None
    """The latest conversation, of those that may be seen."""
    last_at: datetime | None
    sort_name: str
    """Their place in the list by name."""
    opted_out_at: datetime | None
    dead: Reason | None
    """Why the number takes no texts."""
    erased: bool

    @property
    def opted_out(self) -> bool:
        """Whether they take no texts."""
        return self.opted_out_at is not None

    @property
    def first_name(self) -> str:
        """What to call them in a sentence."""
        return self.name.split()[0] if not self.name.startswith("+") else self.name

    @property
    def can_text(self) -> bool:
        """Whether a text may be sent to them at all."""
        return self.number is not None and not self.opted_out and self.dead is None

    @property
    def text_status(self) -> str:
        """The state of texting in the words of the list."""
        if self.dead is not None:
            return dead_numbers.WORDS[self.dead]
        words = _("Opted out") if self.opted_out else _("Can text")
        return words if self.number else _("No number")


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """One page of the list, by name; `more` is the key of the next page."""

    rows: tuple[Candidate, ...]
    more: str | None


async def create(
    tenant: Tenant,
    *,
    name: str | None,
    number: str | None = None,
    email: str | None = None,
    consent: str | None = None,
    **facts: str | None,
) -> str:
    """A new candidate's id; `number` in E.164 becomes theirs unless somebody holds it already.

    `facts` are others of their columns: stage, job, city, owner_id.
    """
    sort_name = (name or number or email or "").casefold()
    candidate_id = await _add(tenant, name=name, email=email, consent=consent, sort_name=sort_name, **facts)
    if number is not None and await numbers.take(tenant, candidate_id, number) and consent:
        await consents.record(tenant, number, source="profile", words=consent)
    await searchable.changed(tenant, candidate_id)
    return candidate_id


async def by_number(tenant: Tenant, number: str) -> str:
    """The id of the candidate who holds `number`; one is created when nobody does.

    Two texts of an unknown number at the same instant meet at the unique key: both get the same candidate.
    """
    holder = await numbers.holder(tenant, number)
    if holder is not None:
        return holder
    async with tenant.transaction():
        candidate_id = await _add(tenant, sort_name=number)
        if await numbers.take(tenant, candidate_id, number):
            await searchable.changed(tenant, candidate_id)
            return candidate_id
        await tenant.execute(
            candidates.delete().where(
                candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id
            )
        )
    holder = await numbers.holder(tenant, number)
    if holder is None:
        raise NotFound
    return holder


async def find(tenant: Tenant, candidate_id: str) -> Candidate:
    """The candidate `candidate_id`; raises NotFound."""
    row = await tenant.fetch_one(_profiles(tenant).where(candidates.c.id == candidate_id))
    if row is None:
        raise NotFound
    return _candidate(row)


async def page(
    tenant: Tenant, choice: Choice = EVERYBODY, *, after: str | None = None, most: int = PAGE
) -> CandidatePage:
    """Candidates by name, those of a choice; `after` is the last page's `more`."""
    place = place_of(after)
    if choice != EVERYBODY:
        ids = await choices.first(tenant, choice, most + 1, after=place)
        if not ids:
            return CandidatePage((), None)
        query = _profiles(tenant).where(candidates.c.id.in_(ids))
    else:
        query = _profiles(tenant).limit(most + 1)
        if place is not None:
            query = query.where(tuple_(candidates.c.sort_name, candidates.c.id) > place)
    rows = await tenant.fetch_all(query.order_by(candidates.c.sort_name, candidates.c.id))
    shown = rows[:most]
    more = key_of(shown[-1].id, shown[-1].sort_name) if len(rows) > most else None
    return CandidatePage(tuple(_candidate(row) for row in shown), more)


async def by_ids(tenant: Tenant, ids: Sequence[str]) -> list[Candidate]:
    """These candidates by name; those who are not there are left out."""
    if not ids:
        return []
    query = _profiles(tenant).where(candidates.c.id.in_(ids)).order_by(candidates.c.sort_name, candidates.c.id)
    return [_candidate(row) for row in await tenant.fetch_all(query)]


async def _add(tenant: Tenant, **values: Any) -> str:
    candidate_id = new_id()
    await tenant.execute(candidates.insert().values(organisation_id=tenant.organisation_id, id=candidate_id, **values))
    return candidate_id


def key_of(candidate_id: str, sort_name: str) -> str:
    """A candidate's place in the list by name."""
    return f"{candidate_id}/{sort_name}"


def place_of(key: str | None) -> tuple[str, str] | None:
    """What `key_of` made the key of, the name first; None for anything else."""
    candidate_id, _, sort_name = (key or "").partition("/")
    try:
        return sort_name.replace("\x00", ""), str(UUID(candidate_id))
    except ValueError:
        return None


def _profiles(tenant: Tenant) -> Select[Any]:
    """A candidate with one number, the latest conversation to be seen, and if they opted out, in one statement."""
    number = (
        select(candidate_numbers.c.number)
        .where(
            candidate_numbers.c.organisation_id == candidates.c.organisation_id,
            candidate_numbers.c.candidate_id == candidates.c.id,
        )
        .order_by(candidate_numbers.c.created_at.desc(), candidate_numbers.c.number)
        .limit(1)
        .correlate(candidates)
        .scalar_subquery()
    )
    theirs = conversations.alias("theirs")
    newest = (
        select(theirs.c.id)
        .where(theirs.c.organisation_id == candidates.c.organisation_id, theirs.c.candidate_id == candidates.c.id)
        .order_by(theirs.c.last_message_at.desc().nulls_last(), theirs.c.id)
        .limit(1)
        .correlate(candidates)
    )
    latest = newest.where(*seen(tenant, theirs)).scalar_subquery()
    # Whether somebody takes texts is for everybody to know.
    opted_out_at: ColumnElement[Any] = conversations.c.opted_out_at
    if tenant.only_of is not None:
        opted_out_at = newest.with_only_columns(theirs.c.opted_out_at).scalar_subquery()
    return (
        select(
            candidates,
            number.label("number"),
            users.c.name.label("owner"),
            conversations.c.id.label("conversation_id"),
            conversations.c.last_message_at,
            opted_out_at.label("opted_out_at"),
            dead_numbers.reason_for(tenant.organisation_id, number).label("dead"),
        )
        .select_from(candidates)
        .outerjoin(
            users,
            and_(users.c.organisation_id == candidates.c.organisation_id, users.c.id == candidates.c.owner_id),
        )
        .outerjoin(
            conversations,
            and_(conversations.c.organisation_id == candidates.c.organisation_id, conversations.c.id == latest),
        )
        .where(candidates.c.organisation_id == tenant.organisation_id)
    )


def _candidate(row: Any) -> Candidate:
    name = row.name or (phone.readable(row.number) if row.number else None) or row.email or _("No name")
    return Candidate(
        id=row.id,
        name=name,
        number=row.number,
        email=row.email,
        stage=row.stage,
        job=row.job,
        city=row.city,
        consent=row.consent,
        owner=row.owner,
        created_at=row.created_at,
        conversation_id=row.conversation_id,
        last_at=row.last_message_at,
        sort_name=row.sort_name,
        opted_out_at=row.opted_out_at,
        dead=row.dead,
        erased=row.erased_at is not None,
    )
