"""What the demo would do next: a campaign that waits for somebody's look at it, and a workflow that a person starts."""

from inbox.accounts.users import User
from inbox.automation import campaigns, workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.candidates import labels
from inbox.candidates.choices import Choice
from inbox.storage.database import Tenant

CAMPAIGN = "Geelong open day"
"""Also the name of the list that it is for."""
BODY = (
    "Hi {{first_name|there}}, {{company}} opens its doors in Geelong on Saturday from 10 to 2. "
    "Shall I keep a place for you?"
)
WORKFLOW = "After an application"
STEPS = (
    Step("text", "Hi {{first_name|there}}, thank you for your application for {{job|the role}}. I will be in touch."),
    Step("reply", "2 days"),
    Step("notify", "Wrote back after an application", only="replied"),
    Step("text", "Hi {{first_name|there}}, is there anything you would like to know about the job?", only="silent"),
    Step("tag", "Followed up"),
)


async def create(tenant: Tenant, user: User, company_id: str) -> None:
    """Add both in the name of `user`; in a transaction."""
    chosen = await labels.ensure(tenant, "list", CAMPAIGN)
    await campaigns.create(
        tenant,
        user,
        name=CAMPAIGN,
        body=BODY,
        choice=Choice(list=chosen.id),
        only_consented=False,
        company_id=company_id,
    )
    await workflows.create(tenant, user, Wish(name=WORKFLOW, steps=STEPS), company_id=company_id)
