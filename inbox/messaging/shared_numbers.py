"""A number that several candidates have: whose a conversation is, nobody knows until a person says so.

Until then it is shown by its number alone. What was said can be taken back at any time.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import and_, insert, or_, select
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts.users import User
from inbox.candidates import labels, numbers, people, profiles
from inbox.candidates import searchable as candidate_search
from inbox.candidates.people import Candidate
from inbox.errors import Changed, NotFound
from inbox.languages import _
from inbox.messaging import conversations, notes, searchable
from inbox.messaging.conversations import Conversation
from inbox.storage import events
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.sight import seen
from inbox.storage.tables import conversations as table
from inbox.storage.tables import report_moves


async def people_of(tenant: Tenant, number: str) -> Sequence[Candidate]:
    """Everybody who has this number (E.164), by name."""
    return await people.by_ids(tenant, await numbers.holders(tenant, number))


async def undecided_with(tenant: Tenant, number: str) -> str | None:
    """The id of the latest conversation with this number of which nobody has said whose it is; None: there is none."""
    found: str | None = await tenant.fetch_val(
        select(table.c.id)
        .where(_with(tenant, number), table.c.undecided, *seen(tenant))
        .order_by(table.c.last_message_at.desc().nulls_last(), table.c.id)
        .limit(1)
    )
    return found


async def share(tenant: Tenant, candidate_id: str, number: str, *, actor_id: str | None) -> None:
    """Make a number (E.164) that somebody has this candidate's as well; last in a transaction."""
    await numbers.share(tenant, candidate_id, number)
    await candidate_search.changed(tenant, candidate_id)
    await _settle(tenant, number, None, actor_id=actor_id)


async def take_away(tenant: Tenant, candidate_id: str, number: str, *, actor_id: str | None) -> None:
    """A shared number (E.164) is not this candidate's any more. Raises NotFound when nobody else has it."""
    async with tenant.transaction():
        held = await numbers.holders(tenant, number)
        if candidate_id not in held or len(held) < 2:
            raise NotFound
        await numbers.drop(tenant, candidate_id, number)
        await candidate_search.changed(tenant, candidate_id)
        await _settle(tenant, number, candidate_id, actor_id=actor_id)


async def choose(tenant: Tenant, user: User, conversation_id: str, candidate_id: str | None, *, version: int) -> None:
    """Say whose a conversation is; with None that nobody knows.

    `version` is the one that `user` saw. Raises Changed when somebody was faster, NotFound for a candidate who does
    not have the number.
    """
    async with tenant.transaction():
        found = await conversations.find(tenant, conversation_id, lock=True)
        if found.version != version:
            raise Changed(_("A colleague changed this conversation meanwhile. Look again."), seen=0)
        if candidate_id is not None and candidate_id not in await numbers.holders(tenant, found.candidate_number):
            raise NotFound
        await _is_of(tenant, found, candidate_id or found.candidate_id, undecided=candidate_id is None)
        await _tell(tenant, user, found.id, candidate_id)


async def inherit(tenant: Tenant, gone_id: str, heir_id: str, *, actor_id: str) -> None:
    """The conversations of a candidate are another one's, who has the numbers by now; in a transaction."""
    theirs = select(table.c.id).where(
        table.c.organisation_id == tenant.organisation_id, table.c.candidate_id == gone_id
    )
    shared = select(table.c.id).where(
        table.c.organisation_id == tenant.organisation_id,
        table.c.sharers > 1,
        table.c.candidate_number.in_(await numbers.of_candidate(tenant, heir_id)),
    )
    ids = {row.id for query in (theirs, shared) for row in await tenant.fetch_all(query)}
    for found in (await conversations.by_ids(tenant.whole, ids, lock=True)).values():
        held = await numbers.holders(tenant, found.candidate_number)
        whose = heir_id if found.candidate_id == gone_id else found.candidate_id
        asks = found.undecided and len(held) > 1
        await _is_of(tenant, found, whose, undecided=asks, sharers=max(1, len(held)))
        await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=found.id, actor_id=actor_id)


async def give_back(
    tenant: Tenant, heir_id: str, owner_id: str, were: Mapping[str, tuple[str, bool]], *, actor_id: str
) -> None:
    """Undo an inheritance: conversations are again of those they `were` of, by their ids, and as decided as then.

    The owner has the numbers again; conversations with those that were opened since are theirs. In a transaction.
    """
    theirs = await numbers.of_candidate(tenant, owner_id)
    rows = await tenant.fetch_all(
        select(table.c.id).where(
            table.c.organisation_id == tenant.organisation_id,
            or_(table.c.id.in_(sorted(were)), table.c.candidate_number.in_(theirs)),
            table.c.candidate_id.in_([heir_id, owner_id, *{whose for whose, _ in were.values()}]),
        )
    )
    for found in (await conversations.by_ids(tenant.whole, [row.id for row in rows], lock=True)).values():
        held = await numbers.holders(tenant, found.candidate_number)
        whose, asked = were.get(found.id, (owner_id if held == [owner_id] else found.candidate_id, found.undecided))
        await _is_of(tenant, found, whose, undecided=asked and len(held) > 1, sharers=max(1, len(held)))
        await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=found.id, actor_id=actor_id)


async def decide(tenant: Tenant, found: Conversation, candidate_id: str) -> None:
    """A conversation in which nothing is written yet is with this candidate, who has its number; in a transaction."""
    await _is_of(tenant, found, candidate_id, undecided=False)


async def _settle(tenant: Tenant, number: str, gone_id: str | None, *, actor_id: str | None) -> None:
    """Every conversation with the number: asked anew when somebody has it too, decided when one alone is left."""
    held = await numbers.holders(tenant, number)
    rows = await tenant.fetch_all(select(table.c.id).where(_with(tenant, number)).order_by(table.c.id))
    for found in (await conversations.by_ids(tenant.whole, [row.id for row in rows], lock=True)).values():
        is_lost = found.candidate_id == gone_id
        asks = len(held) > 1 and (gone_id is None or is_lost or found.undecided)
        whose = held[0] if is_lost or len(held) == 1 else found.candidate_id
        await _is_of(tenant, found, whose, undecided=asks, sharers=len(held))
        await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=found.id, actor_id=actor_id)


async def _is_of(
    tenant: Tenant, found: Conversation, candidate_id: str, *, undecided: bool, sharers: int | None = None
) -> None:
    await conversations.change(
        tenant,
        found.id,
        candidate_id=candidate_id,
        undecided=undecided,
        sharers=sharers or found.sharers,
        version=found.version + 1,
    )
    if candidate_id != found.candidate_id:
        await tenant.execute(
            insert(report_moves).values(organisation_id=tenant.organisation_id, id=new_id(), conversation_id=found.id)
        )
        await _found_as(tenant, found, candidate_id)


async def _found_as(tenant: Tenant, found: Conversation, candidate_id: str) -> None:
    """Have the conversation found by the name, job and tags of another candidate."""
    number = found.candidate_number
    before, after = await profiles.find(tenant, found.candidate_id), await profiles.find(tenant, candidate_id)
    await searchable.renamed(tenant, found.id, before.name or number, after.name or number)
    await searchable.has_job(tenant, [found.id], before.job, after.job)
    tags = [
        {one.id for one in await labels.of_candidate(tenant, whose) if one.kind == "tag"}
        for whose in (found.candidate_id, candidate_id)
    ]
    for tag_id in tags[0] - tags[1]:
        await searchable.untagged(tenant, [found.id], tag_id)
    for tag_id in tags[1] - tags[0]:
        await searchable.tagged(tenant, [found.id], tag_id)


async def _tell(tenant: Tenant, user: User, conversation_id: str, candidate_id: str | None) -> None:
    note_id = new_id()
    seq = await events.record(
        tenant,
        EventKind.CONVERSATION_CHANGED,
        conversation_id=conversation_id,
        message_id=note_id,
        actor_id=user.id,
    )
    name = (await people.find(tenant, candidate_id)).name if candidate_id else None
    await notes.add_act(tenant, user, conversation_id, note_id=note_id, act="named", subject=name, seq=seq)


def _with(tenant: Tenant, number: str) -> ColumnElement[bool]:
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.candidate_number == number)
