"""What a first look finds: two companies, a guest with one thread, and a phone that two candidates share."""

import pytest

from inbox import demo
from inbox.accounts import companies, guests, users
from inbox.accounts.roles import Role
from inbox.automation import campaigns, workflows
from inbox.candidates import choices, people
from inbox.demo import household, outreach, seaview
from inbox.demo.stories import stories
from inbox.messaging import conversations, shared_numbers
from inbox.provisioning import company_numbers
from inbox.storage.database import Database, Tenant
from inbox.storage.vault import Vault
from tests.messaging.scene import KEY

pytestmark = pytest.mark.anyio


async def test_the_demo_has_two_companies_a_guest_and_a_shared_phone(database: Database) -> None:
    made = await demo.create(database, Vault([KEY]))
    assert await demo.create(database, Vault([KEY])) == made
    tenant = Tenant(database, made.id)
    jo = await users.by_email(database, "jo@demo.test")
    assert jo is not None
    first, second = await companies.of(tenant, jo)
    assert (first.name, second.name) == ("Harbour Health Recruiting", seaview.NAME)
    assert (await company_numbers.first(tenant)).company_id == first.id
    assert (await company_numbers.first(tenant, company_id=second.id)).number == seaview.NUMBER

    guest = await users.by_email(database, demo.GUEST)
    assert guest is not None
    assert (guest.role, guest.expires_at is not None) == (Role.GUEST, True)
    shown = await conversations.find(tenant, guest.guest_of or "")
    assert shown.name == demo.SHOWN_TO_GUEST
    assert [one.id for one in await guests.of(tenant, shown.id)] == [guest.id]

    (campaign,), _ = await campaigns.page(tenant)
    assert (campaign.name, campaign.can_change, campaign.begun_at) == (outreach.CAMPAIGN, True, None)
    chosen = await people.by_ids(tenant, await choices.first(tenant, campaign.choice, 9))
    assert [one.name for one in chosen] == [
        story.name
        for story in sorted(stories(), key=lambda story: story.name or "")
        if outreach.CAMPAIGN in story.lists
    ]
    (workflow,) = await workflows.all_of(tenant)
    assert (workflow.name, workflow.trigger, workflow.state) == (outreach.WORKFLOW, "manual", "active")

    sharers = await shared_numbers.people_of(tenant, household.STORY.number)
    assert [one.name for one in sharers] == ["Bea Lindqvist", "Otto Lindqvist"]
    assert await shared_numbers.undecided_with(tenant, household.STORY.number) is not None
