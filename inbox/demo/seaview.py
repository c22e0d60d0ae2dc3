"""The demo's second company: an employer of the same organisation, with a number and an inbox of its own."""

from datetime import timedelta

from inbox.accounts import companies
from inbox.demo.stories import JO, Story, Text
from inbox.demo.telling import Team, tell
from inbox.provisioning import company_numbers
from inbox.storage.database import Tenant

NAME = "Seaview Aged Care"
NUMBER = "+61491570008"
_HOUR = timedelta(hours=1)

STORIES = (
    Story(
        "+61491570208",
        "Lotte Visser",
        "Care Assistant, Torquay",
        "Applied",
        "Torquay",
        None,
        (
            Text(30 * _HOUR, JO, "Hi Lotte, this is Jo from Seaview Aged Care. Is Torquay close enough for you?"),
            Text(3 * _HOUR, None, "Yes, I live around the corner. When could I come by?"),
        ),
        read=False,
        tags=("Night shifts",),
    ),
    Story(
        "+61491570209",
        "Marek Dvorak",
        "Cook, Torquay",
        "Interview",
        "Torquay",
        JO,
        (
            Text(52 * _HOUR, None, "Is there parking at Seaview?"),
            Text(51 * _HOUR, JO, "There is, behind the kitchen. See you on Monday at 8."),
        ),
    ),
)


async def create(tenant: Tenant, team: Team, account_id: str) -> None:
    """Add the company with what was written to it; in a transaction."""
    company = await companies.create(tenant, NAME)
    number = await company_numbers.add(tenant, company_id=company.id, provider_account_id=account_id, number=NUMBER)
    for story in STORIES:
        await tell(tenant, number, team, story)
