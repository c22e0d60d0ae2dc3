"""Candidates get and lose tags and lists; their conversations follow a tag, in every open view."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select

from inbox.accounts.users import User
from inbox.candidates import labels, people
from inbox.candidates.labels import Kind, Label
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import searchable, triggers
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations

Act = Literal["add", "remove"]
MOST = 50
"""Labels of one candidate, as many as a page shows."""


async def add(tenant: Tenant, user: User | None, candidate_id: str, kind: Kind, name: str) -> Label:
    """Give a candidate the label of this name, which is made when there is none. Raises Invalid, NotFound.

    `user` is None for what no person did.
    """
    async with tenant.transaction():
        candidate = await people.find(tenant, candidate_id)
        held = await labels.of_candidate(tenant, candidate.id)
        label = await labels.ensure(tenant, kind, name)
        if len(held) >= MOST and label.id not in {one.id for one in held}:
            raise Invalid(
                {
                    "name": _(
                        "%(first_name)s has %(most)s tags and lists. Remove one first.",
                        first_name=candidate.first_name,
                        most=MOST,
                    )
                }
            )
        changed = await apply(tenant, label, "add", [candidate.id])
        await follow(tenant, label, "add", changed, actor_id=user.id if user else None)
    return label


async def remove(tenant: Tenant, user: User, candidate_id: str, label_id: str) -> Label:
    """Take a label from a candidate; nothing happens when they have it not. Raises NotFound."""
    async with tenant.transaction():
        candidate = await people.find(tenant, candidate_id)
        label = await labels.find(tenant, label_id)
        await follow(tenant, label, "remove", await apply(tenant, label, "remove", [candidate.id]), actor_id=user.id)
    return label


async def apply(tenant: Tenant, label: Label, act: Act, candidate_ids: Sequence[str]) -> list[str]:
    """Give the label to these candidates or take it from them; the ids of those whom that changed."""
    if not candidate_ids:
        return []
    return await (labels.add if act == "add" else labels.take)(tenant, label, candidate_ids)


async def follow(
    tenant: Tenant, label: Label, act: Act, changed: Sequence[str], *, actor_id: str | None, begins: bool = True
) -> None:
    """Have the conversations of these candidates follow, and tell of it; last in the transaction.

    With `begins` workflows begin that wait for the label.
    """
    if act == "add" and changed and begins:
        await triggers.label_added(tenant, label.id, changed)
    theirs = await _conversations(tenant, changed) if changed else []
    if not theirs:
        return
    if label.kind == "tag":
        await (searchable.tagged if act == "add" else searchable.untagged)(tenant, theirs, label.id)
    subjects = [(conversation_id, None) for conversation_id in theirs]
    await events.record_many(tenant, EventKind.CANDIDATE_CHANGED, subjects, actor_id=actor_id)


async def _conversations(tenant: Tenant, candidate_ids: Sequence[str]) -> list[str]:
    """Their conversations, kept from other writers until the transaction ends: texts change the documents as well."""
    rows = await tenant.fetch_all(
        select(conversations.c.id)
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.candidate_id.in_(sorted(candidate_ids)),
        )
        .order_by(conversations.c.id)
        .with_for_update()
    )
    return [row.id for row in rows]
