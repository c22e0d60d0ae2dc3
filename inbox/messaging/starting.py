"""The first text to somebody: the conversation with a candidate's number, opened by a person."""

from inbox.accounts.users import User
from inbox.errors import Refused
from inbox.languages import _
from inbox.messaging import conversations, notes, opening, permission, shared_numbers
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind


async def open_with(
    tenant: Tenant,
    user: User,
    *,
    candidate_id: str,
    number: str,
    company_id: str | None = None,
    ours: CompanyNumber | None = None,
    meant: bool = True,
) -> str:
    """The id of the conversation of a number of ours with `number` (E.164), opened when there is none.

    Without `ours` it is the user's own or the company's. `meant`: this candidate is, not whoever has the number.
    Who sees only their own conversations has the new one; raises Refused when there is one that is not theirs, and
    when there is no number to text from.
    """
    if ours is None:
        ours = await permission.sender(tenant, company_id=company_id, user_id=user.id)
    async with tenant.transaction():
        conversation_id = await opening.find_or_open(
            tenant,
            company_id=ours.company_id,
            company_number_id=ours.id,
            candidate_id=candidate_id,
            candidate_number=number,
            meant=meant,
        )
        if meant:
            await _is_whom_is_meant(tenant.whole, conversation_id, candidate_id)
        if tenant.only_of is not None:
            await _take_or_refuse(tenant.whole, user, conversation_id)
    return conversation_id


async def _is_whom_is_meant(tenant: Tenant, conversation_id: str, candidate_id: str) -> None:
    """A new conversation with a shared number is with whom it was opened for."""
    found = await conversations.find(tenant, conversation_id)
    if found.undecided and found.last_message_at is None:
        await shared_numbers.decide(tenant, found, candidate_id)


async def _take_or_refuse(tenant: Tenant, user: User, conversation_id: str) -> None:
    found = await conversations.find(tenant, conversation_id)
    if found.assignee_id == user.id:
        return
    if found.assignee is not None:
        raise Refused(
            _("%(name)s has the conversation with this number. Ask for it to be given to you.", name=found.assignee)
        )
    written = found.last_message_at or await notes.between(tenant, conversation_id, start=None, end=None)
    if written:
        raise Refused(_("Nobody has the conversation with this number yet. Ask an admin to give it to you."))
    await conversations.change(tenant, conversation_id, assignee_id=user.id, version=found.version + 1)
    kind = EventKind.CONVERSATION_CHANGED
    await events.record(tenant, kind, conversation_id=conversation_id, actor_id=user.id, assigned=True)
