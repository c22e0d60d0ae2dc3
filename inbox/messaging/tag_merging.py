"""One tag in the place of another: its candidates get the one and lose the other, some hundred at a time."""

from collections.abc import Sequence

from sqlalchemy import update

from inbox.candidates import labels
from inbox.candidates.labels import Label
from inbox.messaging import labelling
from inbox.storage.database import Tenant
from inbox.storage.tables import label_changes, workflows


async def move(
    tenant: Tenant, change_id: str, source_id: str, target: Label, candidate_ids: Sequence[str], *, actor_id: str
) -> None:
    """Do these candidates of the tag `source_id`, and count them on the change; last in a transaction.

    Nothing begins that begins with a new tag: the candidates have what it stands for already.
    """
    source = await labels.find(tenant, source_id, kind="tag")
    got = await labelling.apply(tenant, target, "add", candidate_ids)
    lost = await labelling.apply(tenant, source, "remove", candidate_ids)
    await tenant.execute(
        update(label_changes)
        .where(label_changes.c.organisation_id == tenant.organisation_id, label_changes.c.id == change_id)
        .values(number=label_changes.c.number + len(lost))
    )
    await labelling.follow(tenant, target, "add", got, actor_id=actor_id, begins=False)
    await labelling.follow(tenant, source, "remove", lost, actor_id=actor_id)


async def hand_over_workflows(tenant: Tenant, source: Label, target: Label) -> None:
    """What began with the one tag begins with the other from now on."""
    await tenant.execute(
        update(workflows)
        .where(workflows.c.organisation_id == tenant.organisation_id, workflows.c.label_id == source.id)
        .values(label_id=target.id)
    )
