"""The demo organisation: invented people on numbers reserved for fiction, so that a first look shows something.

Numbers: https://www.acma.gov.au/phone-numbers-use-tv-shows-films-and-creative-works (0491 570 xxx).
"""

import secrets
from datetime import timedelta

from inbox import clock
from inbox.accounts import companies, organisations, users
from inbox.accounts.organisations import Organisation
from inbox.accounts.roles import Role
from inbox.automation import message_templates
from inbox.demo import billing, chatbot, household, outreach, seaview
from inbox.demo.stories import ANA, JO, stories
from inbox.demo.telling import tell
from inbox.provisioning import company_numbers, credentials
from inbox.storage import mails
from inbox.storage.database import Database, Tenant
from inbox.storage.vault import Vault

PASSWORD = "demo-inbox"  # noqa: S105 - printed on the first start, only ever for the demo organisation
MESSAGING_NUMBER = "+61491570006"
CHATBOT_NUMBER = "+61491570007"
ADMIN = "admin@demo.test"
USERS = (
    (ADMIN, "Alex Morgan", Role.ORGANISATION_ADMIN),
    ("kim@demo.test", "Kim Lee", Role.COMPANY_ADMIN),
    (JO, "Jo Park", Role.RECRUITER),
    (ANA, "Ana Ruiz", Role.RECRUITER),
)
GUEST, GUEST_NAME, GUEST_DAYS = "guest@demo.test", "Robin Frost", 30
SHOWN_TO_GUEST = "Amir Haddad"
"""Whose thread the guest sees."""
TEMPLATES = (
    (
        "Introduction",
        "Hi {{first_name|there}}, this is {{my_first_name}} from {{company}}. Free for a short call?",
    ),
    ("Interview", "Hi {{first_name|there}}, your interview for {{job|the role}} is set. Can you make Thursday at 10?"),
    (
        "Documents",
        "Hi {{first_name|there}}, please send a photo of your registration. Thanks, {{my_first_name}}",
    ),
)


def welcome(url: str) -> str:
    """What to print once the demo is served at `url`."""
    return (
        f"\n  Shared Inbox        {url}/inbox"
        f"\n  Sign in             {JO}, password {PASSWORD}"
        f"\n  As an admin         {ADMIN}, the same password"
        f"\n  As a guest          {GUEST}, the same password: one thread, for {GUEST_DAYS} days"
        f"\n  Another company     {seaview.NAME}, in the account menu"
        f"\n  Play a candidate    {url}/sandbox/phones"
        f"\n  Text Engage         text JOIN from there to {CHATBOT_NUMBER}"
        "\n  Stop                Ctrl C\n"
    )


async def create(database: Database, vault: Vault) -> Organisation:
    """The demo organisation with users, numbers and conversations; the one that stands when it already does."""
    existing = await organisations.demo(database)
    if existing is not None:
        return existing
    async with database.transaction():
        organisation = await organisations.create(
            database, "Harbour Health", time_zone="Australia/Melbourne", is_demo=True
        )
        tenant = Tenant(database, organisation.id)
        company = await companies.create(tenant, "Harbour Health Recruiting")
        account = await credentials.create(
            tenant,
            vault,
            account_sid=f"AC{secrets.token_hex(16)}",
            auth_token=secrets.token_hex(16),
            synchronize_from=clock.now(),
        )
        number = await company_numbers.add(
            tenant, company_id=company.id, provider_account_id=account.id, number=MESSAGING_NUMBER
        )
        chatbot_number = await company_numbers.add(
            tenant,
            company_id=company.id,
            provider_account_id=account.id,
            number=CHATBOT_NUMBER,
            purpose="chatbot",
        )
        team = {
            email: (await users.create(tenant, email=email, name=name, role=role, password=PASSWORD))
            for email, name, role in USERS
        }
        for template_name, body in TEMPLATES:
            await message_templates.create(tenant, team[JO], name=template_name, body=body, shared=True)
        people = {email: (user.id, user.name) for email, user in team.items()}
        for story in stories():
            conversation_id = await tell(tenant, number, people, story)
            if story.name == SHOWN_TO_GUEST:
                await _show_to_guest(tenant, conversation_id)
        await household.create(tenant, people, number)
        await outreach.create(tenant, team[JO], company.id)
        await chatbot.create(tenant, team[JO], chatbot_number)
        await seaview.create(tenant, people, account.id)
        await billing.tell(tenant, by=team[ADMIN].name)
        await mails.post(
            tenant,
            team[ADMIN].id,
            ADMIN,
            subject="Mails lie here until a mail server is set",
            paragraphs=[
                f"Hello {team[ADMIN].first_name},",
                "invitations, links for a forgotten password and warnings of a low balance look like this one.",
            ],
            path="/settings/users",
            link_words="Invite somebody",
        )
    return organisation


async def _show_to_guest(tenant: Tenant, conversation_id: str | None) -> None:
    """Somebody from outside who sees this conversation alone, and may sign in for some weeks."""
    guest = await users.create(tenant, email=GUEST, name=GUEST_NAME, role=Role.GUEST, password=PASSWORD)
    until = clock.now() + timedelta(days=GUEST_DAYS)
    await users.change(tenant, guest.id, guest_of=conversation_id, expires_at=until)
