"""A campaign's text to one's own phone before anybody gets it: a text as any other, charged, and no recipient."""

from inbox.accounts import companies
from inbox.accounts.users import User
from inbox.automation import campaign_results, field_values, merge_fields
from inbox.automation.campaigns import Campaign
from inbox.candidates import consents, numbers, people
from inbox.errors import Invalid, Refused
from inbox.languages import _
from inbox.messaging import opening, outbound, permission
from inbox.messaging.messages import Message
from inbox.provisioning import company_numbers
from inbox.storage.database import Tenant
from providers import phone


async def send(
    tenant: Tenant, user: User, campaign: Campaign, number: str, *, message_id: str, reason: str = ""
) -> Message:
    """Text `number` (as it was typed) what the first recipient would get; `message_id` again is the same text.

    Whoever has no conversation with us yet gets one under the user's name. Raises Invalid for `number`, and what
    `outbound.reply` raises.
    """
    theirs = await _own(tenant, number)
    found, _more = await campaign_results.page(tenant, campaign.id, "waiting", most=1)
    if not found:
        raise Refused(_("Nobody gets this campaign, so there is no text to test."))
    first = await people.find(tenant, found[0].candidate_id)
    company_number = await permission.sender(tenant, company_id=campaign.company_id)
    company = await companies.find(tenant, company_number.company_id)
    filled = merge_fields.fill(campaign.body, field_values.values_of(first, user, company))
    async with tenant.transaction():
        conversation_id = await opening.find_or_open(
            tenant,
            company_id=company_number.company_id,
            company_number_id=company_number.id,
            candidate_id=await _candidate(tenant, user, theirs),
            candidate_number=theirs,
        )
        return await outbound.reply(
            tenant,
            user,
            conversation_id,
            message_id=message_id,
            body=filled.text,
            seen=None,
            reason=reason,
        )


async def _own(tenant: Tenant, number: str) -> str:
    try:
        theirs = phone.to_e164(number, await company_numbers.region(tenant))
    except phone.NotAPhoneNumber as error:
        raise Invalid({"number": str(error)}) from None
    if await company_numbers.by_number(tenant, theirs) is not None:
        raise Invalid({"number": _("This is a number of your own company.")})
    return theirs


async def _candidate(tenant: Tenant, user: User, number: str) -> str:
    """Whoever has the number; the user, who has just asked for a text there, when nobody does."""
    holder = await numbers.holder(tenant, number)
    if holder is not None:
        return holder
    created = await people.create(tenant, name=user.name, number=number)
    await consents.record(tenant, number, source="record", words="Asked for a test of a campaign", author=user.name)
    return created
