"""A label for many candidates at once: those who were chosen, or all of a list, however long; with one Undo.

The first ones are changed at once. Where there are more, a job goes on, so many in one transaction, until all are done:
what it is asked again it finds done. Each change remembers whom it changed, and Undo changes nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from inbox.accounts.users import User
from inbox.candidates import choices, labels, people
from inbox.candidates.choices import Choice
from inbox.candidates.labels import Kind, Label
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.messaging import label_change_words, labelling, tag_merging
from inbox.messaging.labelling import Act
from inbox.storage import jobs
from inbox.storage.columns import db_later, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job
from inbox.storage.tables import candidates, label_change_members, label_changes
from inbox.storage.tables import labels as label_rows

GO_ON = "label"
"""The job that goes on with a change; its subject is the change."""
AT_ONCE = 200
"""Candidates in one transaction: other writers of the organisation wait for as long."""
KEPT_DAYS = 7

State = Literal["running", "done", "undoing", "undone"]
Deed = Literal["add", "remove", "merge"]
_REVERSED: dict[Deed, Act] = {"add": "remove", "remove": "add"}


@dataclass(frozen=True, slots=True)
class Change:
    """A label that many candidates got ("add"), lost ("remove") or got for another; `number` is how many, so far."""

    id: str
    label: Label
    act: Deed
    actor_id: str
    asked: str
    place: str | None
    number: int
    state: State

    @property
    def is_running(self) -> bool:
        """Whether there are candidates left whom it does not know of yet."""
        return self.state in ("running", "undoing")

    @property
    def words(self) -> str:
        """What was done, as a sentence."""
        name, adds, number = self.label.name, self.act != "remove", self.number
        if self.state == "undoing":
            return _("Undoing what was done with “%(name)s”…", name=name)
        if self.state == "undone":
            return _("Undone: “%(name)s” is as it was.", name=name)
        if self.state == "running":
            return label_change_words.so_far(name, number, adds=adds)
        if number == 0:
            return label_change_words.nothing(name, adds=adds)
        said = label_change_words.of_list if self.label.kind == "list" else label_change_words.of_tag
        return said(name, number, adds=adds)


async def begin(
    tenant: Tenant, user: User, act: Deed, kind: Kind, name: str, *, chosen: Sequence[str] | None, choice: Choice
) -> Change:
    """Change those who were `chosen`, or with None all of the choice; raises Invalid."""
    async with tenant.transaction():
        label = await _label(tenant, act, kind, name)
        change_id = new_id()
        await tenant.execute(
            insert(label_changes).values(
                organisation_id=tenant.organisation_id,
                id=change_id,
                label_id=label.id,
                actor_id=user.id,
                act=act,
                asked=choice.words,
                state="done" if chosen is not None else "running",
            )
        )
        begun = await find(tenant, change_id)
        if chosen is None:
            await _go_on(tenant, begun)
        else:
            await _apply(tenant, begun, await _known(tenant, chosen))
    return await find(tenant, change_id)


async def find(tenant: Tenant, change_id: str, *, lock: bool = False) -> Change:
    """The change `change_id`; raises NotFound. `lock` keeps others from it until the transaction ends."""
    query = (
        select(label_changes, label_rows.c.name, label_rows.c.kind, label_rows.c.size)
        .join(
            label_rows,
            and_(
                label_rows.c.organisation_id == label_changes.c.organisation_id,
                label_rows.c.id == label_changes.c.label_id,
            ),
        )
        .where(_is(tenant, change_id))
    )
    row = await tenant.fetch_one(query.with_for_update(of=label_changes) if lock else query)
    if row is None:
        raise NotFound
    label = Label(row.label_id, row.kind, row.name, row.size)
    return Change(row.id, label, row.act, row.actor_id, row.asked, row.place, row.number, row.state)


async def undo(tenant: Tenant, change_id: str) -> Change:
    """Change those back whom it changed, once; one that runs stops. Raises NotFound."""
    async with tenant.transaction():
        change = await find(tenant, change_id, lock=True)
        if change.state in ("running", "done") and change.act != "merge":
            await _update(tenant, change.id, state="undoing")
            await _go_back(tenant, await find(tenant, change.id))
    return await find(tenant, change.id)


async def go_on(tenant: Tenant, job: Job) -> float | None:
    """The job: change some more, or some more back; it promises itself again while there are any."""
    async with tenant.transaction():
        try:
            change = await find(tenant, job.subject, lock=True)
        except NotFound:
            return None  # its list was deleted
        if change.state == "running":
            await _go_on(tenant, change)
        elif change.state == "undoing":
            await _go_back(tenant, change)
    return None


async def prune(database: Database) -> None:
    """Forget changes that are so old that nobody undoes them."""
    old = label_changes.c.created_at < db_later(-86_400 * KEPT_DAYS)
    rows = await database.fetch_all(select(label_changes.c.organisation_id, label_changes.c.id).where(old))
    for row in rows:
        async with database.transaction():
            await database.execute(
                delete(label_change_members).where(
                    label_change_members.c.organisation_id == row.organisation_id,
                    label_change_members.c.change_id == row.id,
                )
            )
            await database.execute(
                delete(label_changes).where(
                    label_changes.c.organisation_id == row.organisation_id, label_changes.c.id == row.id
                )
            )


async def _label(tenant: Tenant, act: Deed, kind: Kind, name: str) -> Label:
    if act == "add":
        return await labels.ensure(tenant, kind, name)
    found = await labels.named(tenant, kind, labels.checked(name))
    if found is None:
        raise Invalid(
            {
                "name": _("There is no tag “%(name)s”.", name=name.strip())
                if kind == "tag"
                else _("There is no list “%(name)s”.", name=name.strip())
            }
        )
    return found


async def _known(tenant: Tenant, chosen: Sequence[str]) -> list[str]:
    """Those of these ids that are candidates of this organisation."""
    rows = await tenant.fetch_all(
        select(candidates.c.id).where(
            candidates.c.organisation_id == tenant.organisation_id, candidates.c.id.in_(sorted(set(chosen)))
        )
    )
    return [row.id for row in rows]


async def _go_on(tenant: Tenant, change: Change) -> None:
    """The next candidates of the list; a job is promised when there may be more."""
    choice = choices.read(dict(parse_qsl(change.asked)))
    ids = await choices.first(tenant, choice, AT_ONCE, after=people.place_of(change.place))
    if len(ids) == AT_ONCE:
        await jobs.enqueue(tenant, GO_ON, change.id)
        await _update(tenant, change.id, place=await _place(tenant, ids[-1]))
    else:
        await _update(tenant, change.id, state="done", place=None)  # a place has a name in it
    await _apply(tenant, change, ids)


async def _apply(tenant: Tenant, change: Change, candidate_ids: Sequence[str]) -> None:
    """Change these candidates and remember whom that changed. Last, as it records events."""
    if change.act == "merge":
        source = choices.read(dict(parse_qsl(change.asked))).tag
        return await tag_merging.move(tenant, change.id, source, change.label, candidate_ids, actor_id=change.actor_id)
    changed = await labelling.apply(tenant, change.label, change.act, candidate_ids)
    await _update(tenant, change.id, number=label_changes.c.number + len(changed))
    rows = [{"organisation_id": tenant.organisation_id, "change_id": change.id, "candidate_id": one} for one in changed]
    await tenant.execute_many(insert(label_change_members), rows)
    await labelling.follow(tenant, change.label, change.act, changed, actor_id=change.actor_id)


async def _go_back(tenant: Tenant, change: Change) -> None:
    theirs = (
        label_change_members.c.organisation_id == tenant.organisation_id,
        label_change_members.c.change_id == change.id,
    )
    rows = await tenant.fetch_all(
        select(label_change_members.c.candidate_id)
        .where(*theirs)
        .order_by(label_change_members.c.candidate_id)
        .limit(AT_ONCE)
    )
    ids = [row.candidate_id for row in rows]
    await tenant.execute(delete(label_change_members).where(*theirs, label_change_members.c.candidate_id.in_(ids)))
    if len(ids) == AT_ONCE:
        await jobs.enqueue(tenant, GO_ON, change.id)
    else:
        await _update(tenant, change.id, state="undone")
    act = _REVERSED[change.act]
    changed = await labelling.apply(tenant, change.label, act, ids)
    await labelling.follow(tenant, change.label, act, changed, actor_id=change.actor_id)


async def _place(tenant: Tenant, candidate_id: str) -> str:
    sort_name = await tenant.fetch_val(
        select(candidates.c.sort_name).where(
            candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id
        )
    )
    return people.key_of(candidate_id, sort_name)


async def _update(tenant: Tenant, change_id: str, **values: Any) -> None:
    await tenant.execute(update(label_changes).where(_is(tenant, change_id)).values(**values))


def _is(tenant: Tenant, change_id: str) -> ColumnElement[bool]:
    return and_(label_changes.c.organisation_id == tenant.organisation_id, label_changes.c.id == change_id)
