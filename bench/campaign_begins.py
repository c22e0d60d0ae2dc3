"""What a campaign takes of memory until its first texts are out, of the worker and of the web process.

The worker writes the recipients down, the web process shows the review, a page of recipients and the file of all of
them, then the first texts go out. Before each part the most resident memory of both is set back, so that each is told
with what it took itself; the limit is the same with a hundredth of the people.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2

from bench.campaign import campaign_state, send, written
from bench.contest import Contender, Figures, Goal, Kind, contest
from bench.report import Report
from bench.sending import PATIENCE_SECONDS, House, ask, open_house, tell
from tests.journeys.waiting import until

PEOPLE = 100_000
BEGUN = 1_000
"""Texts of the many that are sent while memory is looked at."""
_KIB_IN_MIB = 1024
_SET_BACK = "5"
"""Written to clear_refs: the most resident memory begins anew (proc(5))."""
_PARTS = ("gathering", "review", "sending")


@dataclass(frozen=True, slots=True)
class _Process:
    """A process of the installation, by its name."""

    name: str
    number: int

    def set_back(self) -> None:
        """Count the most memory from now on."""
        Path(f"/proc/{self.number}/clear_refs").write_text(_SET_BACK)

    @property
    def peak(self) -> float:
        """The most memory since then, in MiB."""
        status = Path(f"/proc/{self.number}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / _KIB_IN_MIB


def measure(rounds: int, people: int = PEOPLE) -> list[Report]:
    """One contest with so many people a round."""
    contenders = [
        Contender(f"{people:,} people", Kind.OURS, partial(_played, people)),
        Contender(f"{people // 100:,} people", Kind.LIMIT, partial(_played, people // 100)),
    ]
    goals = [Goal(f"{name} {part}, MiB", at_most=1.25, of=Kind.LIMIT) for name in ("worker", "web") for part in _PARTS]
    return [contest("a campaign until its first texts are out, PostgreSQL", contenders, rounds=rounds, goals=goals)]


def _played(people: int) -> Figures:
    with open_house(people) as place:
        tell(place, "update company_numbers set segments_per_second = 100000")
        tell(place, "update companies set texting_hours = null, daily_cap = null")
        tell(place, "analyze")
        browser = _signed_in(place)
        _shown(browser, "/campaigns")
        campaign_id = asyncio.run(written(place))
        place.processes.start("worker", "worker")
        both = [_Process(name, place.processes.process(name)) for name in ("worker", "web")]
        both[1].set_back()
        figures: Figures = {}
        began = time.monotonic()
        until(lambda: campaign_state(place, campaign_id) == "ready", seconds=PATIENCE_SECONDS, every=0.2)
        figures["gathered in s"] = time.monotonic() - began
        ((figures["recipients"],),) = ask(place, "select count(*) from campaign_recipients")
        figures |= _told(both, "gathering")
        for page in ("", "/recipients", "/recipients?of=all", "/recipients.csv?of=all"):
            _shown(browser, f"/campaigns/{campaign_id}{page}")
        until(lambda: not ask(place, "select 1 from jobs where kind = 'write-export'"), seconds=PATIENCE_SECONDS)
        figures |= _told(both, "review")
        asyncio.run(send(place, campaign_id))
        begun = min(BEGUN, people // 2)
        until(partial(_are_sent, place, begun), seconds=PATIENCE_SECONDS, every=0.2)
        _shown(browser, f"/campaigns/{campaign_id}")
        figures |= _told(both, "sending")
        place.processes.kill("worker")  # with most of the texts before it
        return figures


def _told(both: list[_Process], part: str) -> Figures:
    figures: Figures = {f"{one.name} {part}, MiB": one.peak for one in both}
    for one in both:
        one.set_back()
    return figures


def _signed_in(place: House) -> httpx2.Client:
    url = str(place.facts["url"])
    browser = httpx2.Client(base_url=url, headers={"Origin": url}, follow_redirects=True, timeout=120, trust_env=False)
    browser.post("/login", data={"email": "admin@demo.test", "password": "demo-inbox"}).raise_for_status()
    return browser


def _shown(browser: httpx2.Client, path: str) -> None:
    browser.get(path).raise_for_status()


def _are_sent(place: House, number: int) -> bool:
    ((sent,),) = ask(place, "select count(*) from messages where source = 'campaign' and sent_at is not null")
    return int(sent) >= number
