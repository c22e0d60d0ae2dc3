"""The demo's shared phone: two candidates with one number, and a thread of which nobody has said yet whose it is."""

from datetime import timedelta

from inbox.candidates import numbers, people, searchable
from inbox.demo.stories import ANA, Story, Text
from inbox.demo.telling import Team, tell
from inbox.messaging import conversations
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.database import Tenant

_HOUR = timedelta(hours=1)

STORY = Story(
    "+61491570210",
    "Bea Lindqvist",
    "Radiographer, Melbourne",
    "Screening",
    "Melbourne",
    None,
    (
        Text(101 * _HOUR, ANA, "Hi Bea, thanks for your application. Which days suit you for a call?"),
        Text(97 * _HOUR, None, "We both applied from this phone. I can do any day after 3."),
    ),
    tags=("Allied health",),
)


async def create(tenant: Tenant, team: Team, number: CompanyNumber) -> None:
    """Add both, and what was written from their phone; in a transaction."""
    conversation_id = await tell(tenant, number, team, STORY)
    other = await people.create(
        tenant, name="Otto Lindqvist", job=STORY.job, stage=STORY.stage, city=STORY.city, consent=STORY.consent
    )
    await numbers.share(tenant, other, STORY.number)
    await searchable.changed(tenant, other)
    # Nobody watches yet, so nothing of it goes into the log of events.
    await conversations.change(tenant, conversation_id or "", undecided=True, sharers=2)
