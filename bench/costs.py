"""What each piece of work takes of a processor: an event, a view, a frame, a page; and the commits of an organisation.

Pieces are told apart by differences: between events to one inbox, to as many views as inboxes, and to thousands of
inboxes on one view.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import httpx2

from bench import processes
from bench.contest import number
from bench.counted import Work
from bench.live.crowd import crowd
from bench.live.seats import Seat, mark
from bench.machines import FIRST, WARM_UP, House, house, pass_events
from bench.report import Report
from inbox.accounts import organisations
from inbox.storage import events, migrate
from inbox.storage.database import Database, Tenant
from inbox.storage.events import EventKind
from realtime import hints
from tests import services

INBOXES, VIEWS = 9_000, 64
EVENTS, EVENTS_TO_ALL = 100, 15
PAGES = 100
COMMITS, WRITERS = 4_000, 16
# Who has which conversation open, said by browsers of other processes. A process knows it for 25 s.
WORDS, WORDS_AT_ONCE, LISTEN_SECONDS = 20_000, 20, 8.0
# Seats of `bench.live.seats.places`: on Shared, on Mine with counts, and on Shared with the conversation open.
FEW, SHARED, MINE, THREAD = 20, 3, 7, 10


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of the web process and of PostgreSQL."""

    web: float
    database: float

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.web - other.web, self.database - other.database)

    def each(self, many: int) -> "Cost":
        """The same for one of so many."""
        return Cost(self.web / many, self.database / many)


def measure(rounds: int) -> list[Report]:
    """A table of pieces, and one of commits."""
    with house() as one:
        played = [_pieces(one) for _ in range(rounds)]
    pieces = {name: _median([costs[name] for costs in played]) for name in played[0]}
    lines = [
        {"piece": name, "web µs": number(1e6 * cost.web), "database µs": number(1e6 * cost.database)}
        for name, cost in pieces.items()
    ]
    return [Report("Processor time of one piece of work", lines), _commits(rounds)]


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(statistics.median(one.web for one in costs), statistics.median(one.database for one in costs))


def _pieces(one: House) -> dict[str, Cost]:
    stored = _stored(one)
    alone = _event(one, 1, SHARED)
    open_thread = _event(one, 1, THREAD)
    concerned = _event(one, 1, MINE)
    frame = (_event(one, INBOXES, SHARED) - alone).each(INBOXES - 1)
    view = (_event(one, VIEWS, SHARED, apart=True) - alone).each(VIEWS - 1) - frame
    return {
        "storing a text (bare, in another process)": stored,
        "reading an event, for an organisation": alone - stored - view - frame,
        "a view": view,
        "an open conversation": open_thread - alone,
        "the counts of the one concerned": concerned - alone,
        "a frame to one inbox": frame,
        "a page with list and thread": _page(one),
        **_presence(one),
    }


def _stored(one: House) -> Cost:
    """One text that nobody looks at."""
    before = one.counter.work()
    for event in range(EVENTS):
        one.product.text(mark(event))
    return Cost(0.0, (one.counter.work() - before).cpu / EVENTS)


def _event(one: House, count: int, place: int, *, apart: bool = False) -> Cost:
    """One text stored and shown to so many inboxes like the one at this place, each on a view apart if asked."""
    many = EVENTS_TO_ALL if count > VIEWS else EVENTS
    with one.webs(1) as (web,), crowd() as audience:
        seat = one.product.seats(FEW)[place]
        audience.open(web.port, [_apart(seat, day) if apart else seat for day in range(count)])
        pass_events(one.product, audience, FIRST, WARM_UP)
        cpu, work = processes.usage(web.process).cpu, one.counter.work()
        pass_events(one.product, audience, FIRST + WARM_UP, many)
        return _since(web.process, cpu, one, work).each(many)


def _since(process: int, cpu: float, one: House, work: Work) -> Cost:
    return Cost(processes.usage(process).cpu - cpu, (one.counter.work() - work).cpu)


def _apart(seat: Seat, day: int) -> Seat:
    """The same inbox on days of its own, today among them."""
    days = f"range=custom&from=2001-{1 + day // 28:02d}-{1 + day % 28:02d}&to=2999-12-31"
    return replace(seat, path=seat.path.replace("range=all", days))


def _page(one: House) -> Cost:
    """One page of the inbox with a conversation open, as a browser loads it."""
    with one.webs(1) as (web,):
        seat = one.product.seats(FEW)[THREAD]
        asked = httpx2.QueryParams(seat.path.partition("?")[2])
        headers = dict(line.split(": ", 1) for line in seat.headers.splitlines())
        with httpx2.Client(base_url=one.product.url, headers=headers, trust_env=False, timeout=20) as browser:
            address = f"/inbox/c/{asked['c']}?tab=shared"
            browser.get(address).raise_for_status()
            cpu, work = processes.usage(web.process).cpu, one.counter.work()
            for _ in range(PAGES):
                browser.get(address).raise_for_status()
        return _since(web.process, cpu, one, work).each(PAGES)


def _presence(one: House) -> dict[str, Cost]:
    """Who is where, as others say, and a second of knowing it: told apart by a stretch of time without words."""
    said = [
        {"presence": "here", "channel": "1", "place": f"place {at}", "id": f"{at}", "name": "Jo", "tab": f"{at}"}
        for at in range(WORDS)
    ]
    with one.webs(1) as (web,):
        before = processes.usage(web.process).cpu
        for at in range(0, WORDS, WORDS_AT_ONCE):
            one.product.redis.publish("events", hints.encode("bench", [], [], said[at : at + WORDS_AT_ONCE]))
        time.sleep(LISTEN_SECONDS)
        heard = processes.usage(web.process).cpu
        time.sleep(LISTEN_SECONDS)
        kept = processes.usage(web.process).cpu - heard
    return {
        "a word of presence, at each process": Cost((heard - before - kept) / WORDS, 0.0),
        "an open conversation known for a second, at each": Cost(kept / LISTEN_SECONDS / WORDS, 0.0),
    }


def _commits(rounds: int) -> Report:
    """Transactions a second that record an event, on the usual server with its usual care for the disk."""
    lines = []
    with services.fresh_postgres_database() as url:
        migrate.upgrade(url)
        for count, writers in ((1, 1), (1, WRITERS), (WRITERS, WRITERS)):
            rates = [asyncio.run(_recorded(url, count, writers)) for _ in range(rounds)]
            lines.append({"organisations": f"{count}", "writers": f"{writers}", "/s": number(statistics.median(rates))})
    return Report("Commits that record an event", lines)


async def _recorded(url: str, count: int, writers: int) -> float:
    """Commits a second by so many writers at once, in so many organisations in turn."""
    async with Database(f"{url}?min_size={writers}&max_size={writers}") as database:
        made = [await organisations.create(database, f"Employer {place}", time_zone="UTC") for place in range(count)]
        tenants = [Tenant(database, one.id) for one in made]
        began = time.monotonic()
        await asyncio.gather(*(_record(tenants[place % count], COMMITS // writers) for place in range(writers)))
        return COMMITS / (time.monotonic() - began)


async def _record(tenant: Tenant, many: int) -> None:
    for _ in range(many):
        async with tenant.database.transaction():
            await events.record(tenant, EventKind.MESSAGE_ADDED)
