"""The demo organisation: invented people on numbers reserved for fiction, so that a first look shows something.

Numbers: https://www.acma.gov.au/phone-numbers-use-tv-shows-films-and-creative-works (0491 570 xxx).
"""

import secrets
from datetime import datetime

from inbox import clock
from inbox.accounts import companies, organisations, users
from inbox.accounts.organisations import Organisation
from inbox.accounts.roles import Role
from inbox.automation import message_templates
from inbox.candidates import consents, labels, links, people
from inbox.candidates.labels import Kind
from inbox.demo import billing, chatbot
from inbox.demo.stories import ANA, JO, Story, Text, stories
from inbox.messaging import conversations, lines, opening, searchable
from inbox.provisioning import company_numbers, credentials
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage import mails
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import messages, opt_outs
from inbox.storage.vault import Vault
from providers import segments
from providers.contract import DeliveryStatus

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
        for story in stories():
            await _tell(tenant, number, {email: (user.id, user.name) for email, user in team.items()}, story)
        await chatbot.create(tenant, team[JO], chatbot_number)
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


async def _tell(tenant: Tenant, number: CompanyNumber, team: dict[str, tuple[str, str]], story: Story) -> None:
    owner_id = team[story.owner][0] if story.owner else None
    candidate_id = await people.create(
        tenant,
        name=story.name,
        number=story.number,
        email=story.email,
        stage=story.stage,
        job=story.job,
        city=story.city,
        consent=story.consent,
        owner_id=owner_id,
    )
    if story.link:
        await links.take(tenant, candidate_id, story.link)
    named: dict[Kind, tuple[str, ...]] = {"tag": story.tags, "list": story.lists}
    for kind, names in named.items():
        for label_name in names:
            await labels.add(tenant, await labels.ensure(tenant, kind, label_name), [candidate_id])
    if not story.texts:
        return
    conversation_id = await opening.find_or_open(
        tenant,
        company_id=number.company_id,
        company_number_id=number.id,
        candidate_id=candidate_id,
        candidate_number=story.number,
    )
    now = clock.now()
    ids = [new_id() for _ in story.texts]
    since = None
    for message_id, text in zip(ids, story.texts, strict=True):
        await tenant.execute(
            messages.insert().values(
                _row(tenant, number, conversation_id, message_id, text, team, now)
                | {"event": _event(story) if text is story.texts[-1] else None}
                | ({"job": story.job, "waited_since": since} if text.who else {})
            )
        )
        since = None if text.who else since or now - text.ago
        at = now - text.ago
        await searchable.written(tenant, conversation_id, text.body, at=at, last_at=at)
    last = story.texts[-1]
    waiting = [text for text in story.texts if text.who is None and not story.read]
    await conversations.change(
        tenant,
        conversation_id,
        assignee_id=owner_id,
        first_message_at=now - story.texts[0].ago,
        last_message_at=now - last.ago,
        last_message_id=ids[-1],
        last_text=lines.shown(last.body),
        last_author=team[last.who][1].split()[0] if last.who else None,
        unread=0 if story.read else _trailing(story.texts),
        failed=sum(text.status.is_failure for text in story.texts),
        opted_out_at=now - last.ago if _event(story) else None,
        opt_out_presumed=story.presumed,
        waiting_since=now - waiting[-1].ago if waiting else None,
    )
    if _event(story):
        await consents.record(tenant, story.number, source="text", words=last.body, given=False)
        await tenant.execute(
            opt_outs.insert().values(
                organisation_id=tenant.organisation_id,
                company_number_id=number.id,
                number=story.number,
                keyword=last.body,
                presumed=story.presumed,
                at=now - last.ago,
            )
        )


def _event(story: Story) -> str | None:
    """What the last text did beside being read."""
    return "opted_out" if story.opted_out else "presumed" if story.presumed else None


def _row(
    tenant: Tenant,
    number: CompanyNumber,
    conversation_id: str,
    message_id: str,
    text: Text,
    team: dict[str, tuple[str, str]],
    now: datetime,
) -> dict[str, object]:
    author_id, author = team[text.who] if text.who else (None, None)
    status = text.status if text.who else DeliveryStatus.RECEIVED
    delivered = status is DeliveryStatus.DELIVERED
    return {
        "organisation_id": tenant.organisation_id,
        "id": message_id,
        "conversation_id": conversation_id,
        "company_id": number.company_id,
        "direction": "out" if text.who else "in",
        "body": text.body,
        "author_id": author_id,
        "author": author,
        "status": status,
        "rank": status.rank,
        "error_code": text.error_code,
        "segments": segments.measure(text.body).segments,
        "provider_account_id": number.provider_account_id,
        "attempt": 1,
        "at": now - text.ago,
        "sent_at": now - text.ago if delivered else None,
        "delivered_at": now - text.ago if delivered else None,
    }


def _trailing(texts: tuple[Text, ...]) -> int:
    """How many texts of the candidate stand unanswered at the end."""
    count = 0
    for text in reversed(texts):
        if text.who is not None:
            break
        count += 1
    return count
