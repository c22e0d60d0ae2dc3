"""A merge is undone: who was gone is there again under the old id, with all that was theirs.

What was written in their conversations since, and conversations with their numbers that were opened since, is theirs.
Not undone is what a merge gave up: the second place in one campaign, and the second run of one workflow, which ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql

from inbox.accounts.users import User
from inbox.candidates import labels, numbers, profiles
from inbox.candidates import searchable as candidate_search
from inbox.candidates.profiles import Profile
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import labelling, merge_records, renaming, shared_numbers
from inbox.messaging.merge_records import KEPT_DAYS, KEYS, Merge, Moved
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_numbers, candidates, export_candidates, exports, merged_candidates
from providers import phone


async def hindrance(tenant: Tenant, merge: Merge) -> str | None:
    """Why a merge cannot be undone, as a sentence; None when it can."""
    if merge.moved is None or merge.goes is None:
        if merge.is_old:
            return _("A merge can be undone for %(days)s days, and these are over.", days=KEPT_DAYS)
        return _("What this merge moved is not known any more, as personal data was removed since.")
    if merge.moved.stays != merge.candidate_id:
        return _("They were merged into somebody else since. Undo that merge first.")
    held = set(await numbers.of_candidate(tenant, merge.candidate_id))
    for one in merge.moved.numbers:
        if one.number not in held:
            return _("%(number)s is not theirs any more, so it cannot go back.", number=phone.readable(one.number))
    return None


def returning(now: Profile, moved: Moved) -> Profile:
    """The profile of who stayed as it becomes: each fact that is as the merge left it is as before it."""
    before, chosen, facts = asdict(moved.before), asdict(moved.chosen), asdict(now)
    back = {name: before[name] for name, value in facts.items() if value == chosen[name]}
    return replace(now, **back)


async def undo(tenant: Tenant, user: User, gone_id: str) -> Merge:
    """Make two candidates of one again. In a transaction. Raises NotFound, and Refused with the `hindrance`."""
    merge = await merge_records.find(tenant, gone_id, lock=True)
    if merge is None:
        raise NotFound
    await tenant.fetch_all(_candidate(tenant, merge.candidate_id).with_for_update())
    why = await hindrance(tenant, merge)
    if why is not None:
        raise Refused(why)
    assert merge.moved is not None  # noqa: S101 - else there is a hindrance
    assert merge.goes is not None  # noqa: S101
    await _make(tenant, merge, merge.goes, merge.moved)
    await _give_numbers(tenant, merge, merge.moved)
    await _give_rows(tenant, merge, merge.moved)
    for label in await _labels(tenant, merge.moved.labels):
        await labels.add(tenant, label, [merge.id])
    await candidate_search.changed(tenant, merge.id)
    await shared_numbers.give_back(tenant, merge.candidate_id, merge.id, merge.moved.conversations, actor_id=user.id)
    await _restore(tenant, user, merge, merge.moved)
    return merge


async def _make(tenant: Tenant, merge: Merge, goes: Profile, moved: Moved) -> None:
    whose = {"organisation_id": tenant.organisation_id, "id": merge.id}
    facts = profiles.columns_of(goes)
    await tenant.execute(insert(candidates).values(**whose, **facts, created_at=moved.created_at, hold=moved.hold))
    mine = merged_candidates.c.organisation_id == tenant.organisation_id, merged_candidates.c.id == merge.id
    await tenant.execute(delete(merged_candidates).where(*mine))


async def _give_numbers(tenant: Tenant, merge: Merge, moved: Moved) -> None:
    """Theirs alone go back; of those that both had they have their own again."""
    for one in moved.numbers:
        theirs = [
            candidate_numbers.c.organisation_id == tenant.organisation_id,
            candidate_numbers.c.number == one.number,
        ]
        of_stays = [*theirs, candidate_numbers.c.candidate_id == merge.candidate_id]
        facts: dict[str, Any] = {"candidate_id": merge.id, "created_at": one.created_at}
        if not one.was_shared:
            await tenant.execute(update(candidate_numbers).where(*of_stays).values(**facts))
            continue
        if one.is_first:  # one alone may be, so the other gives it up before
            await tenant.execute(update(candidate_numbers).where(*of_stays).values(is_first=False))
        whose = {"organisation_id": tenant.organisation_id, "number": one.number, "is_first": one.is_first}
        await tenant.execute(insert(candidate_numbers).values(**whose, **facts))


async def _give_rows(tenant: Tenant, merge: Merge, moved: Moved) -> None:
    for table, columns in KEYS.items():
        keys = [tuple(one) for one in moved.rows.get(table.name, ())]
        if not keys:
            continue
        if table is export_candidates:  # a file may tell of either
            await _name_exports(tenant, merge.id, [str(one[0]) for one in keys])
            continue
        mine = table.c.organisation_id == tenant.organisation_id, table.c.candidate_id == merge.candidate_id
        await tenant.execute(update(table).where(*mine, tuple_(*columns).in_(keys)).values(candidate_id=merge.id))


async def _name_exports(tenant: Tenant, candidate_id: str, ids: Sequence[str]) -> None:
    there = select(exports.c.id).where(exports.c.organisation_id == tenant.organisation_id, exports.c.id.in_(ids))
    rows = [
        {"organisation_id": tenant.organisation_id, "export_id": row.id, "candidate_id": candidate_id}
        for row in await tenant.fetch_all(there)
    ]
    if rows:
        await tenant.execute(postgresql.insert(export_candidates).values(rows).on_conflict_do_nothing())


async def _restore(tenant: Tenant, user: User, merge: Merge, moved: Moved) -> None:
    """Who stayed loses the labels that came with the other one, and has the facts of before."""
    for label in await _labels(tenant, moved.new_labels):
        lost = await labelling.apply(tenant, label, "remove", [merge.candidate_id])
        await labelling.follow(tenant, label, "remove", lost, actor_id=user.id)
    now = await profiles.find(tenant, merge.candidate_id)
    after = returning(now, moved)
    if after.number is None and now.number is not None:  # a number is replaced, not taken away
        after = replace(after, number=now.number)
    await profiles.change(tenant, merge.candidate_id, after, mark=now.mark, by=user.name)
    await renaming.renamed(tenant, merge.candidate_id, now, after, actor_id=user.id, begins=False)


async def _labels(tenant: Tenant, ids: Sequence[str]) -> list[labels.Label]:
    """Those that are still there."""
    found = []
    for one in ids:
        try:
            found.append(await labels.find(tenant, one))
        except NotFound:
            continue
    return found


def _candidate(tenant: Tenant, candidate_id: str) -> Any:
    return select(candidates.c.id).where(
        candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id
    )


def counts(moved: Moved) -> Mapping[str, int]:
    """How much goes back, by what it is."""
    return {
        "conversations": len([one for one, (whose, _) in moved.conversations.items() if whose != moved.stays]),
        "labels": len(moved.labels),
        "campaigns": len(moved.rows["campaign_recipients"]),
        "workflows": len(moved.rows["workflow_executions"]),
    }
