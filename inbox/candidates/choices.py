"""Which candidates a list shows: by words, tag, list, stage, owner, and whether they can be texted.

A list is read in the order of names from the index of its narrowest part; everything else is asked of each candidate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, select, true, tuple_

from inbox.candidates import dead_numbers, finding
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_numbers, candidates, conversations, label_members, labels

MOST_WORDS = 200
NOBODY = "nobody"
OFFERED = 100
"""How many stages or jobs are offered to choose from."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address of the list asks for; "" where everything is wanted."""

    q: str = ""
    tag: str = ""
    """The id of a tag."""
    list: str = ""
    """The id of a list."""
    stage: str = ""
    owner: str = ""
    """The id of a user, or NOBODY."""
    can_text: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but words narrows the list."""
        return bool(self.labels or self.stage or self.owner or self.can_text)

    @property
    def labels(self) -> tuple[str, ...]:
        """The ids of the labels that every candidate has."""
        return tuple(filter(None, (self.tag, self.list)))

    @property
    def words(self) -> str:
        """The choice as a query string without its "?", defaults left out."""
        return urlencode(self.parameters())

    def parameters(self, **more: str) -> dict[str, str]:
        """The same as parameters, with `more` of them."""
        asked = {"q": self.q, "tag": self.tag, "list": self.list, "stage": self.stage, "owner": self.owner}
        asked |= {"can_text": "1" if self.can_text else "", **more}
        return {name: value for name, value in asked.items() if value}


EVERYBODY = Choice()


def read(parameters: Mapping[str, Any]) -> Choice:
    """The choice that query parameters ask for; what cannot be one is left out: an old link still opens."""
    owner = str(parameters.get("owner", ""))
    return Choice(
        q=_text(parameters, "q"),
        tag=as_id(parameters.get("tag")),
        list=as_id(parameters.get("list")),
        stage=_text(parameters, "stage"),
        owner=owner if owner == NOBODY else as_id(owner),
        can_text=parameters.get("can_text") == "1",
    )


def as_id(text: object) -> str:
    """The id that an address or a form names; "" for anything else."""
    try:
        return str(UUID(str(text)))
    except ValueError:
        return ""


async def first(tenant: Tenant, choice: Choice, most: int, *, after: tuple[str, str] | None = None) -> list[str]:
    """The ids of the first candidates of a choice by name, `most` at most, behind the name and id `after`."""
    if choice.q.strip():
        return await finding.first(tenant, choice.q, most, after=after, asked=_asked(choice))
    narrowest = await _narrowest(tenant, choice.labels)
    query = _of_label(tenant, choice, narrowest, after) if narrowest else _of_all(tenant, choice, after)
    return [row.id for row in await tenant.fetch_all(query.limit(most))]


async def stages(tenant: Tenant) -> Sequence[str]:
    """The stages that candidates are in."""
    return await _distinct(tenant, candidates.c.stage)


async def jobs(tenant: Tenant) -> Sequence[str]:
    """The jobs that candidates are considered for."""
    return await _distinct(tenant, candidates.c.job)


async def _narrowest(tenant: Tenant, label_ids: Sequence[str]) -> str | None:
    """Of these labels the one that the fewest candidates have."""
    if len(label_ids) < 2:
        return label_ids[0] if label_ids else None
    found: str | None = await tenant.fetch_val(
        select(labels.c.id)
        .where(labels.c.organisation_id == tenant.organisation_id, labels.c.id.in_(label_ids))
        .order_by(labels.c.size, labels.c.id)
        .limit(1)
    )
    return found or label_ids[0]


def _of_label(tenant: Tenant, choice: Choice, label_id: str, after: tuple[str, str] | None) -> Select[Any]:
    query = (
        select(label_members.c.candidate_id.label("id"))
        .select_from(label_members)
        .join(
            candidates,
            and_(
                candidates.c.organisation_id == label_members.c.organisation_id,
                candidates.c.id == label_members.c.candidate_id,
            ),
        )
        .where(
            label_members.c.organisation_id == tenant.organisation_id,
            label_members.c.label_id == label_id,
            *_narrowed(choice, but=label_id),
        )
        .order_by(label_members.c.sort_name, label_members.c.candidate_id)
    )
    place = tuple_(label_members.c.sort_name, label_members.c.candidate_id)
    return query if after is None else query.where(place > after)


def _of_all(tenant: Tenant, choice: Choice, after: tuple[str, str] | None) -> Select[Any]:
    query = (
        select(candidates.c.id)
        .where(candidates.c.organisation_id == tenant.organisation_id, *_narrowed(choice))
        .order_by(candidates.c.sort_name, candidates.c.id)
    )
    return query if after is None else query.where(tuple_(candidates.c.sort_name, candidates.c.id) > after)


def _asked(choice: Choice) -> finding.Asked | None:
    """The parts beside the words, for a candidate of whom only the id is at hand."""
    if not choice.is_narrowed:
        return None

    def asked(candidate_id: ColumnElement[str]) -> ColumnElement[bool]:
        holder: Any = candidate_id
        one = (
            select(candidates.c.id)
            .where(
                candidates.c.organisation_id == holder.table.c.organisation_id,
                candidates.c.id == candidate_id,
                *_narrowed(choice),
            )
            .limit(1)
        )
        return one.correlate(holder.table).scalar_subquery().is_not(None)

    return asked


def _narrowed(choice: Choice, *, but: str | None = None) -> list[ColumnElement[bool]]:
    """The conditions on a row of `candidates`; that of the label `but` is met already."""
    wanted = [_has(label_id) for label_id in choice.labels if label_id != but]
    if choice.stage:
        wanted.append(candidates.c.stage == choice.stage)
    if choice.owner == NOBODY:
        wanted.append(candidates.c.owner_id.is_(None))
    elif choice.owner:
        wanted.append(candidates.c.owner_id == choice.owner)
    if choice.can_text:
        newest = _newest_number()
        dead = dead_numbers.reason_for(candidates.c.organisation_id, newest)
        # A plain "is null" PostgreSQL takes for rare, and then reads all candidates instead of the first ones.
        wanted += [case((why.is_(None), true()), else_=false()) for why in (_opted_out_at(), dead)]
        wanted.append(newest.is_not(None))
    return wanted


def _has(label_id: str) -> ColumnElement[bool]:
    one = (
        select(label_members.c.candidate_id)
        .where(
            label_members.c.organisation_id == candidates.c.organisation_id,
            label_members.c.label_id == label_id,
            label_members.c.candidate_id == candidates.c.id,
        )
        .limit(1)
    )
    return one.correlate(candidates).scalar_subquery().is_not(None)


def _newest_number() -> ColumnElement[Any]:
    """The number that a candidate is texted at, which is the one that the list shows."""
    newest = (
        select(candidate_numbers.c.number)
        .where(
            candidate_numbers.c.organisation_id == candidates.c.organisation_id,
            candidate_numbers.c.candidate_id == candidates.c.id,
        )
        .order_by(candidate_numbers.c.created_at.desc(), candidate_numbers.c.number)
        .limit(1)
    )
    return newest.correlate(candidates).scalar_subquery()


def _opted_out_at() -> ColumnElement[Any]:
    """When the candidate opted out of the latest conversation, which is the one that the list shows."""
    theirs = conversations.alias("theirs")
    latest = (
        select(theirs.c.opted_out_at)
        .where(theirs.c.organisation_id == candidates.c.organisation_id, theirs.c.candidate_id == candidates.c.id)
        .order_by(theirs.c.last_message_at.desc().nulls_last(), theirs.c.id)
        .limit(1)
    )
    return latest.correlate(candidates).scalar_subquery()


async def _distinct(tenant: Tenant, column: ColumnElement[str]) -> list[str]:
    """The first different values of a column, each found behind the one before: they are few beside the candidates."""
    mine = candidates.c.organisation_id == tenant.organisation_id
    known = select(func.min(column).label("value")).where(mine).cte("known", recursive=True)
    following = select(func.min(column)).where(mine, column > known.c.value).correlate(known).scalar_subquery()
    known = known.union_all(select(following).where(known.c.value.is_not(None)))
    rows = await tenant.fetch_all(select(known.c.value).where(known.c.value.is_not(None)).limit(OFFERED))
    return [row.value for row in rows]


def _text(parameters: Mapping[str, Any], name: str) -> str:
    return str(parameters.get(name, "")).replace("\x00", "").strip()[:MOST_WORDS].strip()
