"""A text to one's own phone before any candidate gets it: a text as any other, charged, and for nobody else."""

from inbox.accounts.users import User
from inbox.automation import merge_fields
from inbox.candidates import consents, numbers, people
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import outbound, starting
from inbox.messaging.messages import Message
from inbox.provisioning import company_numbers
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.database import Tenant
from providers import phone


async def send(
    tenant: Tenant,
    user: User,
    number: str,
    body: str,
    *,
    ours: CompanyNumber,
    message_id: str,
    reason: str = "",
) -> Message:
    """Text `body`, which is filled in, to `number` (as it was typed) from a number of ours.

    `message_id` (the writer's UUID) again is the same text. Whoever has no conversation with us yet gets one under the
    user's name. Raises Invalid for `number`, for a merge field that is left, and what `starting.open_with` and
    `outbound.reply` raise.
    """
    merge_fields.refuse_left_in(body)
    theirs = await _own(tenant, number)
    async with tenant.transaction():
        conversation_id = await starting.open_with(
            tenant,
            user,
            candidate_id=await _candidate(tenant, user, theirs),
            number=theirs,
            ours=ours,
            meant=False,
        )
        return await outbound.reply(
            tenant, user, conversation_id, message_id=message_id, body=body, seen=None, reason=reason
        )


async def _own(tenant: Tenant, number: str) -> str:
    try:
        theirs = phone.to_e164(number, await company_numbers.region(tenant))
    except phone.NotAPhoneNumber as error:
        raise Invalid({"number": _(error.message, typed=error.typed)}) from None
    if await company_numbers.by_number(tenant, theirs) is not None:
        raise Invalid({"number": _("This is a number of your own company.")})
    return theirs


async def _candidate(tenant: Tenant, user: User, number: str) -> str:
    """Whoever has the number; the user, who has just asked for a text there, when nobody does."""
    holder = await numbers.holder(tenant, number)
    if holder is not None:
        return holder
    created = await people.create(tenant, name=user.name, number=number)
    await consents.record(tenant, number, source="record", words="Asked for a test text", author=user.name)
    return created
