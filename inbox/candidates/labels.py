"""What recruiters sort candidates by: tags, and lists that are kept by hand. A candidate may have many of both.

What follows for conversations from a tag that a candidate gets or loses, `messaging/labelling.py` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args
from uuid import UUID

from sqlalchemy import Select, and_, delete, literal, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.elements import ColumnElement

from inbox.errors import Invalid, NotFound, too_long
from inbox.languages import _
from inbox.storage.columns import Id, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import candidates, label_change_members, label_changes, label_members, labels

Kind = Literal["tag", "list"]
MOST_NAME = 40
SUGGESTED = 200
"""How many tags are offered to choose from."""


@dataclass(frozen=True, slots=True)
class Label:
    """A tag or a list; `size` is how many candidates have it."""

    id: str
    kind: Kind
    name: str
    size: int


def kind_of(text: str) -> Kind:
    """The kind that a form names; raises NotFound for anything else."""
    if text not in get_args(Kind):
        raise NotFound
    return cast(Kind, text)


async def all_of(tenant: Tenant, kind: Kind, *, q: str = "", most: int | None = SUGGESTED) -> Sequence[Label]:
    """Labels of a kind by name, those whose name holds `q`. A tag that nobody has any more is left out."""
    query = _selected(tenant).where(labels.c.kind == kind).order_by(labels.c.sort_name)
    if kind == "tag":
        query = query.where(labels.c.size > 0)
    if q.strip():
        query = query.where(labels.c.sort_name.contains(" ".join(q.split()).casefold(), autoescape=True))
    return [_label(row) for row in await tenant.fetch_all(query.limit(most))]


async def of_candidate(tenant: Tenant, candidate_id: str) -> Sequence[Label]:
    """The candidate's tags and lists, by name."""
    rows = await tenant.fetch_all(
        _selected(tenant)
        .join(label_members, _same_label())
        .where(label_members.c.candidate_id == candidate_id)
        .order_by(labels.c.sort_name)
    )
    return [_label(row) for row in rows]


async def find(tenant: Tenant, label_id: str, *, kind: Kind | None = None) -> Label:
    """The label `label_id`, of that kind if it is given; raises NotFound."""
    try:
        wanted = str(UUID(label_id))
    except ValueError:
        raise NotFound from None
    row = await tenant.fetch_one(_selected(tenant).where(labels.c.id == wanted))
    if row is None or kind not in (None, row.kind):
        raise NotFound
    return _label(row)


async def named(tenant: Tenant, kind: Kind, name: str) -> Label | None:
    """The label of this name, in whatever case; None when there is none."""
    wanted = " ".join(name.split()).casefold()
    row = await tenant.fetch_one(_selected(tenant).where(labels.c.kind == kind, labels.c.sort_name == wanted))
    return None if row is None else _label(row)


async def ensure(tenant: Tenant, kind: Kind, name: str) -> Label:
    """The label of this name, made when there is none; raises Invalid. Two who make it at once get the same one."""
    await tenant.execute(_added(tenant, kind, checked(name)).on_conflict_do_nothing())
    found = await named(tenant, kind, name)
    if found is None:
        raise NotFound
    return found


async def create(tenant: Tenant, kind: Kind, name: str) -> Label:
    """A new one without candidates; raises Invalid, also when there is one of this name."""
    text = checked(name)
    made = await tenant.fetch_val(_added(tenant, kind, text).on_conflict_do_nothing().returning(labels.c.id))
    if made is None:
        raise Invalid({"name": _taken(kind, text)})
    return await find(tenant, made)


async def rename(tenant: Tenant, label_id: str, name: str) -> Label:
    """Another name for it; raises Invalid, also when another one has this name, and NotFound."""
    text = checked(name)
    async with tenant.transaction():
        label = await find(tenant, label_id)
        other = await named(tenant, label.kind, text)
        if other is not None and other.id != label.id:
            raise Invalid({"name": _taken(label.kind, text)})
        await tenant.execute(
            update(labels)
            .where(labels.c.organisation_id == tenant.organisation_id, labels.c.id == label.id)
            .values(name=text, sort_name=text.casefold())
        )
        return await find(tenant, label.id)


async def remove(tenant: Tenant, label_id: str) -> Label:
    """Delete a list; its candidates stay. Raises NotFound, for a tag too: its conversations would keep its mark."""
    async with tenant.transaction():
        label = await find(tenant, label_id, kind="list")
        theirs = select(label_changes.c.id).where(
            label_changes.c.organisation_id == tenant.organisation_id, label_changes.c.label_id == label.id
        )
        for table, which in (
            (label_change_members, label_change_members.c.change_id.in_(theirs)),
            (label_changes, label_changes.c.label_id == label.id),
            (label_members, label_members.c.label_id == label.id),
            (labels, labels.c.id == label.id),
        ):
            await tenant.execute(delete(table).where(table.c.organisation_id == tenant.organisation_id, which))
    return label


async def members(tenant: Tenant, label_id: str, *, after: str | None, most: int) -> Sequence[str]:
    """The ids of candidates who have the label, behind the id `after`, in the order of their ids."""
    query = select(label_members.c.candidate_id).where(
        label_members.c.organisation_id == tenant.organisation_id, label_members.c.label_id == label_id
    )
    if after is not None:
        query = query.where(label_members.c.candidate_id > after)
    rows = await tenant.fetch_all(query.order_by(label_members.c.candidate_id).limit(most))
    return [row.candidate_id for row in rows]


async def add(tenant: Tenant, label: Label, candidate_ids: Sequence[str]) -> list[str]:
    """Give the label to these candidates; the ids of those who had it not. In a transaction."""
    columns = candidates.c.organisation_id, literal(label.id, Id()), candidates.c.id, candidates.c.sort_name
    chosen = _held(tenant, candidate_ids).with_only_columns(*columns)
    rows = await tenant.fetch_all(
        insert(label_members)
        .from_select(["organisation_id", "label_id", "candidate_id", "sort_name"], chosen)
        .on_conflict_do_nothing(index_elements=["organisation_id", "label_id", "candidate_id"])
        .returning(label_members.c.candidate_id)
    )
    return await _counted(tenant, label, [row.candidate_id for row in rows], 1)


async def take(tenant: Tenant, label: Label, candidate_ids: Sequence[str]) -> list[str]:
    """Take the label from these candidates; the ids of those who had it. In a transaction."""
    await tenant.fetch_all(_held(tenant, candidate_ids))
    rows = await tenant.fetch_all(
        delete(label_members)
        .where(
            label_members.c.organisation_id == tenant.organisation_id,
            label_members.c.label_id == label.id,
            label_members.c.candidate_id.in_(sorted(candidate_ids)),
        )
        .returning(label_members.c.candidate_id)
    )
    return await _counted(tenant, label, [row.candidate_id for row in rows], -1)


async def renamed(tenant: Tenant, candidate_id: str, sort_name: str) -> None:
    """A candidate has another place in the order of names."""
    await tenant.execute(
        update(label_members)
        .where(label_members.c.organisation_id == tenant.organisation_id, label_members.c.candidate_id == candidate_id)
        .values(sort_name=sort_name)
    )


def checked(name: str) -> str:
    """The name as it is kept; raises Invalid."""
    text = " ".join(name.split())
    if not text:
        raise Invalid({"name": _("Enter a name.")})
    if len(text) > MOST_NAME:
        raise Invalid({"name": too_long(len(text), MOST_NAME)})
    return text


def _held(tenant: Tenant, candidate_ids: Sequence[str]) -> Select[Any]:
    """These candidates, kept from those who open conversations with them until the transaction ends."""
    return (
        select(candidates.c.id)
        .where(candidates.c.organisation_id == tenant.organisation_id, candidates.c.id.in_(sorted(candidate_ids)))
        .order_by(candidates.c.id)
        .with_for_update(read=True)
    )


def _taken(kind: Kind, name: str) -> str:
    if kind == "tag":
        return _("There is a tag “%(name)s” already. Choose another name.", name=name)
    return _("There is a list “%(name)s” already. Choose another name.", name=name)


def _added(tenant: Tenant, kind: Kind, name: str) -> Insert:
    return insert(labels).values(
        organisation_id=tenant.organisation_id, id=new_id(), kind=kind, name=name, sort_name=name.casefold()
    )


async def _counted(tenant: Tenant, label: Label, changed: list[str], by: int) -> list[str]:
    """The ids that were changed, counted on the label's row."""
    if changed:
        await tenant.execute(
            update(labels)
            .where(labels.c.organisation_id == tenant.organisation_id, labels.c.id == label.id)
            .values(size=labels.c.size + by * len(changed))
        )
    return changed


def _selected(tenant: Tenant) -> Select[Any]:
    return select(labels).where(labels.c.organisation_id == tenant.organisation_id)


def _same_label() -> ColumnElement[bool]:
    return and_(label_members.c.organisation_id == labels.c.organisation_id, label_members.c.label_id == labels.c.id)


def _label(row: Any) -> Label:
    return Label(row.id, row.kind, row.name, row.size)
