"""The demo organisation: invented people on numbers reserved for fiction, so that a first look shows something.

Numbers: https://www.acma.gov.au/phone-numbers-use-tv-shows-films-and-creative-works (0491 570 xxx).
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inbox import clock
from inbox.accounts import companies, organisations, users
from inbox.accounts.organisations import Organisation
from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.messaging import conversations
from inbox.provisioning import company_numbers, credentials
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import messages, opt_outs
from inbox.storage.vault import Vault
from providers import segments
from providers.contract import DeliveryStatus

PASSWORD = "demo-inbox"  # noqa: S105 - printed on the first start, only ever for the demo organisation
MESSAGING_NUMBER = "+61491570006"
CHATBOT_NUMBER = "+61491570007"
USERS = (
    ("admin@demo.test", "Alex Morgan", Role.ORGANISATION_ADMIN),
    ("kim@demo.test", "Kim Lee", Role.COMPANY_ADMIN),
    ("jo@demo.test", "Jo Park", Role.RECRUITER),
    ("ana@demo.test", "Ana Ruiz", Role.RECRUITER),
)
JO, ANA = "jo@demo.test", "ana@demo.test"


@dataclass(frozen=True, slots=True)
class Text:
    """One message of a told conversation; `who` is a user's e-mail, None for the candidate."""

    ago: timedelta
    who: str | None
    body: str
    status: DeliveryStatus = DeliveryStatus.DELIVERED
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A candidate and what was written with them."""

    number: str
    name: str | None
    job: str | None
    stage: str | None
    city: str
    owner: str | None
    texts: tuple[Text, ...]
    read: bool = True
    opted_out: bool = False
    email: str | None = None
    consent: str | None = field(default="3 February, web form")


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
        await company_numbers.add(
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
        for story in stories():
            await _tell(tenant, number, {email: (user.id, user.name) for email, user in team.items()}, story)
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
    if not story.texts:
        return
    conversation_id = await conversations.find_or_open(
        tenant,
        company_id=number.company_id,
        company_number_id=number.id,
        candidate_id=candidate_id,
        candidate_number=story.number,
    )
    now = clock.now()
    ids = [new_id() for _ in story.texts]
    for message_id, text in zip(ids, story.texts, strict=True):
        await tenant.execute(
            messages.insert().values(
                _row(tenant, number, conversation_id, message_id, text, team, now)
                | {"event": "opted_out" if story.opted_out and text is story.texts[-1] else None}
            )
        )
    last = story.texts[-1]
    waiting = [text for text in story.texts if text.who is None and not story.read]
    await conversations.change(
        tenant,
        conversation_id,
        assignee_id=owner_id,
        first_message_at=now - story.texts[0].ago,
        last_message_at=now - last.ago,
        last_message_id=ids[-1],
        last_text=" ".join(last.body.split())[: conversations.PREVIEW],
        last_author=team[last.who][1].split()[0] if last.who else None,
        unread=0 if story.read else _trailing(story.texts),
        failed=sum(text.status.is_failure for text in story.texts),
        opted_out_at=now - last.ago if story.opted_out else None,
        waiting_since=now - waiting[-1].ago if waiting else None,
    )
    if story.opted_out:
        await tenant.execute(
            opt_outs.insert().values(
                organisation_id=tenant.organisation_id,
                company_number_id=number.id,
                number=story.number,
                keyword=last.body,
            )
        )


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


def _ago(days: float = 0, hours: float = 0, minutes: float = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


def stories() -> tuple[Story, ...]:
    """The conversations of the demo, from minutes to more than a year ago."""
    return (
        Story(
            "+61491570110",
            "Maya Chen",
            "Registered Nurse, Geelong",
            "Interview",
            "Geelong",
            JO,
            (
                Text(
                    _ago(days=1, hours=2),
                    JO,
                    "Hi Maya, this is Jo from Harbour Health. Free for a short call this week?",
                ),
                Text(_ago(days=1, hours=1), None, "Sure. Which day?"),
                Text(_ago(days=1), JO, "Thursday at 10 or Friday at 2. I will ring you from this number."),
                Text(_ago(minutes=9), None, "Yes, Thursday at 10 works."),
                Text(_ago(minutes=8), None, "Do I need to bring my registration?"),
            ),
            read=False,
            email="maya.chen@example.com",
        ),
        Story(
            "+61491570159",
            "Tom Okafor",
            "Enrolled Nurse, Ballarat",
            "Applied",
            "Ballarat",
            JO,
            (
                Text(
                    _ago(hours=5),
                    JO,
                    "Hi Tom, could you send me your licence number?",
                    DeliveryStatus.UNDELIVERED,
                    30006,
                ),
            ),
            email="tom.okafor@example.com",
        ),
        Story(
            "+61491570156",
            "Priya Nair",
            "Physiotherapist, Melbourne",
            "Offer",
            "Melbourne",
            ANA,
            (
                Text(
                    _ago(days=2, hours=3),
                    ANA,
                    "Hi Priya, the offer letter is in your inbox. Any questions, text me here.",
                ),
                Text(_ago(days=2), None, "Thank you! I will read it tonight."),
                Text(_ago(hours=2), None, "One question: when would I start?"),
            ),
            read=False,
            email="priya.nair@example.com",
        ),
        Story(
            "+61491570157",
            "Sam Whitlock",
            "Care Assistant, Geelong",
            "Applied",
            "Geelong",
            None,
            (
                Text(_ago(days=20, hours=1), ANA, "Hi Sam, thanks for applying. Is this a good number for you?"),
                Text(_ago(days=20), None, "STOP"),
            ),
            opted_out=True,
        ),
        Story(
            "+61491570158",
            "Lena Fischer",
            "Radiographer, Bendigo",
            "Screening",
            "Bendigo",
            ANA,
            (
                Text(
                    _ago(days=4),
                    ANA,
                    "Hi Lena, can we move our call to 3 pm?",
                    DeliveryStatus.UNDELIVERED,
                    30003,
                ),
            ),
        ),
        Story(
            "+61491570313",
            None,
            None,
            None,
            "",
            None,
            (Text(_ago(hours=3), None, "Hello, I saw the nurse job in Geelong. Who is this number?"),),
            read=False,
            consent=None,
        ),
        Story(
            "+61491570737",
            "Amir Haddad",
            "Pharmacist, Melbourne",
            "Interview",
            "Melbourne",
            JO,
            (
                Text(_ago(days=3, hours=4), None, "Good morning, am I still expected on Monday?"),
                Text(_ago(days=3, hours=3), JO, "Yes, 9:30 at reception. Ask for Kim."),
                Text(_ago(days=3), None, "See you then 👍"),
            ),
        ),
        Story(
            "+61491570201",
            "Grace Tan",
            "Registered Nurse, Melbourne",
            "Hired",
            "Melbourne",
            JO,
            tuple(_weekly_check_ins()),
        ),
        Story(
            "+61491570202",
            "Noah Williams",
            "Ward Clerk, Geelong",
            "Screening",
            "Geelong",
            None,
            (
                Text(_ago(days=6), None, "Hi, is the ward clerk job still open?"),
                Text(_ago(days=5, hours=22), ANA, "It is. Shall I send you the form?"),
                Text(_ago(days=5, hours=21), None, "Please do"),
            ),
        ),
        Story(
            "+61491570203",
            "Ines Moreau",
            "Speech Pathologist, Ballarat",
            "Talent pool",
            "Ballarat",
            ANA,
            (
                Text(
                    _ago(days=45),
                    ANA,
                    "Hi Ines, we have a part-time role in Ballarat from March. Interested?",
                ),
                Text(_ago(days=44), None, "Not right now, but ask me again after summer."),
            ),
        ),
        Story(
            "+61491570204",
            "Oliver Brandt",
            "Dietitian, Melbourne",
            "Talent pool",
            "Melbourne",
            JO,
            (
                Text(_ago(days=400), JO, "Hi Oliver, thank you for your time today."),
                Text(_ago(days=399), None, "Thanks Jo, good to meet the team."),
            ),
        ),
        Story(
            "+61491570205",
            "Hana Suzuki",
            "Occupational Therapist, Geelong",
            "Applied",
            "Geelong",
            None,
            (),
            email="hana.suzuki@example.com",
        ),
    )


def _weekly_check_ins() -> list[Text]:
    """A long thread, so that earlier messages have to be fetched."""
    texts: list[Text] = []
    for week in range(45, 0, -1):
        texts.append(Text(_ago(days=7 * week, hours=2), JO, f"Hi Grace, how was week {46 - week}?"))
        texts.append(Text(_ago(days=7 * week, hours=1), None, "Good, thank you. The team is kind."))
    return texts
