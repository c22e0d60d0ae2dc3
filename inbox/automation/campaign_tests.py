"""A campaign's text to one's own phone before anybody gets it."""

from inbox.accounts import companies
from inbox.accounts.users import User
from inbox.automation import campaign_results, field_values, merge_fields, trial_texts
from inbox.automation.campaigns import Campaign
from inbox.candidates import people
from inbox.errors import Refused
from inbox.languages import _
from inbox.messaging import permission
from inbox.messaging.messages import Message
from inbox.storage.database import Tenant


async def send(
    tenant: Tenant, user: User, campaign: Campaign, number: str, *, message_id: str, reason: str = ""
) -> Message:
    """Text `number` (as it was typed) what the first recipient would get; `message_id` again is the same text.

    Raises Refused when nobody gets it, and what `trial_texts.send` raises.
    """
    found, _more = await campaign_results.page(tenant, campaign.id, "waiting", most=1)
    if not found:
        raise Refused(_("Nobody gets this campaign, so there is no text to test."))
    first = await people.find(tenant, found[0].candidate_id)
    ours = await permission.sender(tenant, company_id=campaign.company_id)
    company = await companies.find(tenant, ours.company_id)
    filled = merge_fields.fill(campaign.body, field_values.values_of(first, user, company))
    return await trial_texts.send(tenant, user, number, filled.text, ours=ours, message_id=message_id, reason=reason)
