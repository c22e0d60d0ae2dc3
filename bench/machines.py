"""As on more than one machine: web processes that share 9,000 open inboxes, and what each more costs the database.

Two workers run beside them, as the Procfile says. The texts come in at another process, in this one.
"""

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import httpx2

from bench import processes, timings
from bench.contest import Contender, Figures, Kind, contest, number
from bench.counted import Counter, Work, counted
from bench.live import product as products
from bench.live.crowd import Crowd, crowd
from bench.live.product import METRICS_TOKEN, Product
from bench.live.seats import Seat, mark
from bench.report import Report
from tests import services

SIZE = 9_000
WEBS = (1, 2)
WORKERS = ("worker", "worker-2")
FIRST, WARM_UP, EVENTS = 10, 3, 15
# So that what an event leaves behind is done with before the next one.
REST_SECONDS = 0.05
# Every view and every kind of frame is among the first so many inboxes.
INBOXES_EACH, COUNTED_EVENTS = 200, 100
MOST_WEBS = 4
IDLE_SECONDS = 20.0
KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Web:
    """A web process."""

    process: int
    port: int

    def frames(self) -> float:
        """Frames that it has written to its sockets so far."""
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        shown = httpx2.get(f"http://127.0.0.1:{self.port}/metrics", headers=headers, trust_env=False, timeout=20).text
        return float(next(line.split()[1] for line in shown.splitlines() if line.startswith("inbox_frames_sent ")))


@dataclass(frozen=True, slots=True)
class House:
    """An installation over a PostgreSQL that counts, without its web processes; `workers` are their numbers."""

    product: Product
    counter: Counter
    workers: Sequence[int]

    @contextmanager
    def webs(self, count: int) -> Iterator[list[Web]]:
        """So many fresh web processes, killed at the end."""
        ports = [self.product.port, *(services.free_port() for _ in range(1, count))][:count]
        names = [f"web-{place}" for place in range(1, count + 1)]
        run = self.product.processes
        try:
            for name, port in zip(names, ports, strict=True):
                run.start(name, "serve", INBOX_PORT=str(port))
            for port in ports:
                run.wait_for(f"http://127.0.0.1:{port}/readyz")
            yield [Web(run.process(name), port) for name, port in zip(names, ports, strict=True)]
        finally:
            for name in names:
                if name in run.names:
                    run.kill(name)


def measure(rounds: int) -> list[Report]:
    """Two tables: inboxes shared by one or two web processes, and the database's work for 0 to 4 of them."""
    with house() as one:
        contenders = [
            Contender(f"{count} web process{'es' if count > 1 else ''}", Kind.OURS, partial(_shared, one, count))
            for count in WEBS
        ]
        shared = contest(f"One event to {SIZE:,} open inboxes, two workers", contenders, rounds=rounds, goals=())
        return [shared, _database(one)]


def _shared(one: House, count: int) -> Figures:
    """Events to all inboxes, an equal part of them at each process."""
    with one.webs(count) as webs, crowd() as audience:
        seats = one.product.seats(SIZE)
        empty = _rss(webs)
        for place, web in enumerate(webs):
            audience.open(web.port, _part(seats, place, count))
        pass_events(one.product, audience, FIRST, WARM_UP)
        full, frames = _rss(webs), _frames(webs)
        cpu, work = _cpu(one, webs, audience), one.counter.work()
        took = pass_events(one.product, audience, FIRST + WARM_UP, EVENTS)
        used = [after - before for before, after in zip(cpu, _cpu(one, webs, audience), strict=True)]
        done, written = one.counter.work() - work, _frames(webs) - frames
    all_webs, workers, client = (1000 * seconds / EVENTS for seconds in used)
    return {
        **timings.figures(took),
        "cpu ms a web": all_webs / count,
        "frames a web": written / count / EVENTS,
        "MiB a web": full / count / MIB,
        "KiB a socket": (full - empty) / SIZE / KIB,
        "workers cpu ms": workers,
        "database cpu ms": 1000 * done.cpu / EVENTS,
        "browsers cpu ms": client,
    }


def _part(seats: Sequence[Seat], place: int, count: int) -> Sequence[Seat]:
    return seats[place * len(seats) // count : (place + 1) * len(seats) // count]


def pass_events(product: Product, audience: Crowd, first: int, count: int) -> list[float]:
    """Texts one after the other; seconds from right before the announcing of each until it is at each inbox."""
    took: list[float] = []
    for event in range(first, first + count):
        audience.expect(event)
        began = product.text(mark(event))
        took += [(at - began) / 1e9 for at in audience.arrivals()]
        time.sleep(REST_SECONDS)
    return took


def _database(one: House) -> Report:
    """What one event costs the database for each number of web processes, and what a process costs that rests."""
    works = {0: _texts(one)} | {count: _events(one, count) for count in range(1, MOST_WEBS + 1)}
    idle = {count: _idle(one, count) for count in (0, MOST_WEBS)}
    lines = [_line(f"{count}", works[count]) for count in works]
    lines.append(_line("each more", (works[MOST_WEBS] - works[0]).each(MOST_WEBS)))
    notes = [
        f"Without an event, a second: {number(one.queries)} queries for {count} web processes and two workers"
        for count, one in idle.items()
    ]
    data = {"events": {count: asdict(work) for count, work in works.items()}, "idle": idle[MOST_WEBS].queries}
    return Report("One text, stored and shown in the same views at each web process", lines, notes=notes, data=data)


def _line(name: str, work: Work) -> dict[str, str]:
    shown = {field: number(value) for field, value in asdict(work).items() if field != "cpu"}
    return {"web processes": name, **shown, "database cpu ms": number(1000 * work.cpu)}


def _texts(one: House) -> Work:
    """The database's work for one of many texts that nobody looks at."""
    before = one.counter.work()
    for event in range(COUNTED_EVENTS):
        one.product.text(mark(event))
        time.sleep(REST_SECONDS)
    return (one.counter.work() - before).each(COUNTED_EVENTS)


def _events(one: House, count: int) -> Work:
    """The database's work for one of many texts; each process has inboxes on every view."""
    with one.webs(count) as webs, crowd() as audience:
        for web in webs:
            audience.open(web.port, one.product.seats(INBOXES_EACH))
        pass_events(one.product, audience, FIRST, WARM_UP)
        before = one.counter.work()
        pass_events(one.product, audience, FIRST + WARM_UP, COUNTED_EVENTS)
        return (one.counter.work() - before).each(COUNTED_EVENTS)


def _idle(one: House, count: int) -> Work:
    """The database's work for a second in which nothing happens."""
    with one.webs(count) as webs, crowd() as audience:
        for web in webs:
            audience.open(web.port, one.product.seats(INBOXES_EACH))
        before = one.counter.work()
        time.sleep(IDLE_SECONDS)
        work = one.counter.work() - before
        return work.each(IDLE_SECONDS)


def _rss(webs: Sequence[Web]) -> float:
    return float(sum(processes.usage(web.process).rss for web in webs))


def _frames(webs: Sequence[Web]) -> float:
    return sum(web.frames() for web in webs)


def _cpu(one: House, webs: Sequence[Web], audience: Crowd) -> tuple[float, float, float]:
    """Processor seconds so far: of the web processes, the workers and the browsers."""
    parts = [web.process for web in webs], one.workers, [audience.process]
    webs_, workers, browsers = (processes.usage(*part).cpu for part in parts)
    return webs_, workers, browsers


@contextmanager
def house() -> Iterator[House]:
    """An installation with two workers and a sandbox; its web processes are the caller's to start."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        counter = stack.enter_context(counted())
        product = stack.enter_context(products.product(folder))
        run, twilio = product.processes, services.free_port()
        run.start("sandbox", "sandbox", "--port", str(twilio))
        run.wait_for(f"http://127.0.0.1:{twilio}/sandbox/phones")
        for name in WORKERS:
            run.start(name, "worker", INBOX_TWILIO_API_URL=f"http://127.0.0.1:{twilio}")
        yield House(product, counter, [run.process(name) for name in WORKERS])
