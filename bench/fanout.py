"""One event to every open inbox: from right before it is announced to the frame's last byte at each browser."""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import processes, timings
from bench.contest import Contender, Figures, Goal, Kind, contest
from bench.live import product as products
from bench.live import servers
from bench.live.crowd import crowd
from bench.live.product import Product
from bench.live.seats import mark
from bench.live.servers import Served, Stage
from bench.report import Report

SIZES = (1_000, 9_000)
WARM_UP = 2
# The first numbers are those of the texts that the frames were taken from.
FIRST = 10
EVENTS = {1_000: 20, 9_000: 6}
# So that what an event leaves behind is done with before the next one.
REST_SECONDS = 0.05

GOALS = (
    Goal("p99 ms", at_most=1.25, of=Kind.LIMIT),
    Goal("p50 ms", at_most=1.25, of=Kind.LIMIT),
    Goal("p99 ms", at_most=1.0, of=Kind.PEER),
)

Serve = Callable[[Stage, int], AbstractContextManager[Served]]

PEERS: dict[str, Serve] = {
    "Node ws": servers.ws,
    "Channels": servers.channels,
    "python-socketio": servers.socketio,
    "broadcaster": servers.broadcaster,
    "Action Cable": servers.action_cable,
}


def measure(rounds: int) -> list[Report]:
    """Both sizes, each with the limit and all peers."""
    with stages() as stage:
        return [
            contest(f"One event to {size:,} open inboxes", stage.contenders(play, size), rounds=rounds, goals=GOALS)
            for size in SIZES
        ]


def play(served: Served, size: int) -> Figures:
    """Open so many sockets and measure events one after the other."""
    with crowd() as audience:
        closed = processes.usage(served.process)
        audience.open(served.port, served.seats)
        opened = processes.usage(served.process)
        took: list[float] = []
        for number in range(WARM_UP + EVENTS[size]):
            if number == WARM_UP:
                before, client_before = processes.usage(served.process), processes.usage(audience.process)
            audience.expect(FIRST + number)
            began = served.announce(mark(FIRST + number))
            arrived = audience.arrivals()
            if number >= WARM_UP:
                took += [(at - began) / 1e9 for at in arrived]
            time.sleep(REST_SECONDS)
        server, client = processes.usage(served.process), processes.usage(audience.process)
    return {
        **timings.figures(took),
        "server cpu ms": 1000 * (server.cpu - before.cpu) / EVENTS[size],
        "client cpu ms": 1000 * (client.cpu - client_before.cpu) / EVENTS[size],
        "KiB a socket": (opened.rss - closed.rss) / size / 1024,
    }


@dataclass(frozen=True)
class Scene:
    """The installation, and what the others need to do the same work."""

    product: Product
    stage: Stage

    @contextmanager
    def ours(self, size: int) -> Iterator[Served]:
        """The product's web process, fresh."""
        with self.product.serving() as process:
            yield Served(process, self.product.port, self.product.seats(size), self.product.text)

    def contenders(self, act: Callable[[Served, int], Figures], size: int) -> list[Contender]:
        """Ours, the limit and the peers, each started anew for each round of `act`."""

        def played(serve: Callable[[], AbstractContextManager[Served]]) -> Callable[[], Figures]:
            def once() -> Figures:
                with serve() as served:
                    return act(served, size)

            return once

        return [
            Contender("ours", Kind.OURS, played(lambda: self.ours(size))),
            Contender("limit", Kind.LIMIT, played(lambda: servers.limit(self.stage, size))),
            *(
                Contender(name, Kind.PEER, played(lambda serve=serve: serve(self.stage, size)))
                for name, serve in PEERS.items()
            ),
        ]


@contextmanager
def stages() -> Iterator[Scene]:
    """An installation, and one event of it as the limit and the peers shall write it."""
    _open_files()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        product = stack.enter_context(products.product(folder))
        with product.serving():
            words, frames = product.frames()
        port = product.redis.connection_pool.connection_kwargs["port"]
        yield Scene(product, Stage(port, servers.event(folder, words, frames)))


def _open_files() -> None:
    """As many as may be, here and in everything that is started from here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
