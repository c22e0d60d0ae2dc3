"""The line beside a thread that says what was done with the conversation, written by whatever part did it."""

from sqlalchemy import insert

from inbox.accounts.users import User
from inbox.languages import stored
from inbox.messaging.acts import Act
from inbox.storage import events
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import notes


async def tell(
    tenant: Tenant,
    user: User | None,
    conversation_id: str,
    act: Act,
    subject: str | None = None,
    *,
    kind: EventKind = EventKind.CONVERSATION_CHANGED,
    previous_assignee_id: str | None = None,
) -> None:
    """Say that `user`, None: nobody in person, did `act`; last in the transaction that did it.

    Open lists follow an event of this `kind`, but for those in `events.NOT_IN_LIST`; with `previous_assignee_id` the
    conversation was taken from that user.
    """
    note_id = new_id()
    seq = await events.record(
        tenant,
        kind,
        conversation_id=conversation_id,
        message_id=note_id,
        actor_id=user.id if user else None,
        previous_assignee_id=previous_assignee_id,
        assigned=previous_assignee_id is not None,
    )
    await tenant.execute(
        insert(notes).values(
            organisation_id=tenant.organisation_id,
            id=note_id,
            conversation_id=conversation_id,
            author_id=user.id if user else None,
            author=user.name if user else "",
            act=act,
            subject=None if subject is None else stored(subject),
            seq=seq,
        )
    )
