"""From a webhook to the frame at every browser, while 20 texts a second come in and 1,000 inboxes are open."""

import http.client
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from threading import local
from urllib.parse import urlencode, urlsplit

import psycopg
from twilio.request_validator import RequestValidator

from bench import processes, timings
from bench.contest import Contender, Figures, Goal, Kind, contest
from bench.fanout import FIRST, Scene, stages
from bench.live import servers
from bench.live.crowd import crowd
from bench.live.product import Product
from bench.live.seats import THREAD, Place, Seat, mark, places
from bench.live.servers import Served, Stage
from bench.report import Report

SIZE = 1_000
A_SECOND = 20
CONVERSATIONS = 150
WARM_UP, TEXTS = CONVERSATIONS, 600
# So many texts may be on their way at a time.
SENDERS = 8

GOALS = (Goal("p50 ms", at_most=2, of=Kind.LIMIT), Goal("p99 ms", at_most=3, of=Kind.LIMIT))

Tell = Callable[[int], None]
"""Bring in the text with this number; returns when that is acknowledged."""


def measure(rounds: int) -> list[Report]:
    """Ours beside a commit to PostgreSQL, one PUBLISH and the limit server."""
    with stages() as scene, _table(scene.product.database_url):
        contenders = [
            Contender("ours", Kind.OURS, lambda: _ours(scene)),
            Contender("limit", Kind.LIMIT, lambda: _limit(scene)),
        ]
        title = f"From a webhook to {SIZE:,} open inboxes at {A_SECOND} texts a second"
        return [contest(title, contenders, rounds=rounds, goals=GOALS)]


def _ours(scene: Scene) -> Figures:
    with scene.ours(SIZE) as served:
        return _play(served, Webhooks(scene.product).tell)


def _limit(scene: Scene) -> Figures:
    event = scene.stage.event
    frames = {group: frame for group, frame in event.frames.items() if group != THREAD}
    stage = Stage(scene.stage.redis_port, servers.event(event.file.parent, event.mark, frames))
    with servers.limit(stage, SIZE) as served:
        return _play(served, Commits(scene.product.database_url, served.announce).tell)


def _play(served: Served, tell: Tell) -> Figures:
    """Bring in texts at their pace, whatever becomes of the ones before."""
    with crowd() as audience, ThreadPoolExecutor(SENDERS) as pool:
        # The conversation that is open on some of them is none of those that are texted in.
        audience.open(served.port, list(map(_without_thread, served.seats, places(SIZE))))
        audience.expect(FIRST, WARM_UP)
        _texts(pool, tell, FIRST, WARM_UP)
        audience.arrivals()
        before = processes.usage(served.process)
        audience.expect(FIRST + WARM_UP, TEXTS, seconds=TEXTS / A_SECOND + 30)
        began = _texts(pool, tell, FIRST + WARM_UP, TEXTS)
        arrived = audience.arrivals()
        after = processes.usage(served.process)
    took = [(at - began[place // SIZE]) / 1e9 for place, at in enumerate(arrived)]
    return {**timings.figures(took), "server cpu ms": 1000 * (after.cpu - before.cpu) / TEXTS}


def _without_thread(seat: Seat, place: Place) -> Seat:
    return replace(seat, frames=seat.frames - place.has_thread)


def _texts(pool: ThreadPoolExecutor, tell: Tell, first: int, count: int) -> list[int]:
    """When each text began, in nanoseconds on CLOCK_MONOTONIC."""

    def one(number: int) -> int:
        began = time.monotonic_ns()
        tell(number)
        return began

    start = time.monotonic()
    done = []
    for turn in range(count):
        time.sleep(max(0.0, start + turn / A_SECOND - time.monotonic()))
        done.append(pool.submit(one, first + turn))
    return [begun.result() for begun in done]


class Webhooks:
    """Twilio's calls, signed, over connections that stay open."""

    def __init__(self, product: Product) -> None:
        self._info = product.info
        self._address = urlsplit(product.info["webhook"])
        self._run = time.monotonic_ns()
        # Each text in another conversation than the last ones: a list shows the newest of each only.
        self._conversations = product.conversations(CONVERSATIONS)
        self._lines = local()

    def tell(self, number: int) -> None:
        """One call; anything but 200 is an error of the measurement."""
        candidate, company = self._conversations[number % CONVERSATIONS]
        form = {
            "MessageSid": f"SM{self._run + number:032x}",
            "AccountSid": self._info["account"],
            "From": candidate,
            "To": company,
            "Body": mark(number),
            "NumMedia": "0",
            "NumSegments": "1",
        }
        signature = RequestValidator(self._info["token"]).compute_signature(self._info["webhook"], form)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        line = self._line()
        line.request("POST", self._address.path, urlencode(form), headers)
        answer = line.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    def _line(self) -> http.client.HTTPConnection:
        if not hasattr(self._lines, "line"):
            self._lines.line = http.client.HTTPConnection(self._address.hostname or "", self._address.port)
        line: http.client.HTTPConnection = self._lines.line
        return line


@dataclass
class Commits:
    """What the limit does for a text: one row, committed, and one message to the server."""

    database_url: str
    announce: Callable[[str], int]

    def __post_init__(self) -> None:
        self._lines = local()

    def tell(self, number: int) -> None:
        """One text."""
        if not hasattr(self._lines, "line"):
            self._lines.line = psycopg.connect(self.database_url, autocommit=True)
        self._lines.line.execute("insert into bench_texts (body) values (%s)", (mark(number),))
        self.announce(mark(number))


@contextmanager
def _table(database_url: str) -> Iterator[None]:
    with ExitStack() as stack:
        connection = stack.enter_context(psycopg.connect(database_url, autocommit=True))
        connection.execute("create table bench_texts (id bigserial primary key, body text not null)")
        yield
