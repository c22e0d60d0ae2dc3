"""What a campaign keeps in memory: the worker that writes its recipients down and sends to them, for few and for many.

One worker of ours over PostgreSQL does all of it, from the choice of every candidate to the last text that the sandbox
has taken. The limit is the same with a hundredth of the people: what the many take beyond it is what a campaign holds.
"""

import asyncio
import time
from functools import partial
from pathlib import Path

from bench.contest import Contender, Figures, Goal, Kind, contest
from bench.report import Report
from bench.sending import PATIENCE_SECONDS, House, ask, open_house, summary, tell
from inbox.accounts import users
from inbox.automation import campaign_steps, campaigns
from inbox.candidates.choices import EVERYBODY
from inbox.storage.database import Database, Tenant
from tests.journeys.waiting import until

PEOPLE = 100_000
PEAK = "peak MiB"
_KIB_IN_MIB = 1024


def measure(rounds: int, people: int = PEOPLE) -> list[Report]:
    """One contest with so many people a round."""
    contenders = [
        Contender(f"{people:,} people", Kind.OURS, partial(_played, people)),
        Contender(f"{people // 100:,} people", Kind.LIMIT, partial(_played, people // 100)),
    ]
    goals = [Goal(PEAK, at_most=1.25, of=Kind.LIMIT), Goal("lost", at_most=0), Goal("doubled", at_most=0)]
    return [contest("a campaign, from choosing to sent, PostgreSQL", contenders, rounds=rounds, goals=goals)]


def _played(people: int) -> Figures:
    with open_house(people) as place:
        tell(place, "update company_numbers set segments_per_second = 100000")
        tell(place, "update companies set texting_hours = null, daily_cap = null")
        tell(place, "analyze")
        campaign_id = asyncio.run(written(place))
        place.processes.start("worker", "worker")
        began = time.monotonic()
        until(partial(_is, place, campaign_id, "ready"), seconds=PATIENCE_SECONDS, every=0.2)
        gathered, at_gathering = time.monotonic() - began, _peak(place)
        recipients = int(ask(place, "select count(*) from campaign_recipients where state = 'waiting'")[0][0])
        asyncio.run(send(place, campaign_id))
        until(partial(_is, place, campaign_id, "done"), seconds=PATIENCE_SECONDS, every=0.5)
        seen = summary(place)
        return {
            "recipients": recipients,
            "gathered in s": gathered,
            "peak MiB while gathering": at_gathering,
            PEAK: _peak(place),
            "lost": recipients - seen["recipients"],
            "doubled": seen["outbound"] - seen["recipients"],
        }


async def written(place: House) -> str:
    """A campaign to everybody, whose recipients wait to be written down."""
    async with Database(place.database_url) as database:
        jo = await users.by_email(database, "jo@demo.test")
        if jo is None:
            raise RuntimeError("the demo organisation has no Jo")
        tenant = Tenant(database, jo.organisation_id)
        return await campaigns.create(
            tenant, jo, name="Everybody", body="Hi {{first_name|there}}, free?", choice=EVERYBODY, only_consented=False
        )


async def send(place: House, campaign_id: str) -> None:
    """Have it go out."""
    async with Database(place.database_url) as database:
        jo = await users.by_email(database, "jo@demo.test")
        if jo is not None:
            await campaign_steps.send(Tenant(database, jo.organisation_id), campaign_id)


def campaign_state(place: House, campaign_id: str) -> str:
    """How far it has come."""
    return str(ask(place, f"select state from campaigns where id = '{campaign_id}'")[0][0])


def _is(place: House, campaign_id: str, state: str) -> bool:
    return campaign_state(place, campaign_id) == state


def _peak(place: House) -> float:
    """The most memory that the worker has held since its start, in MiB."""
    status = Path(f"/proc/{place.processes.process('worker')}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / _KIB_IN_MIB
