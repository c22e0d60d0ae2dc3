"""An hour of coming and going in some minutes: what is left of 60,000 sockets when they have gone."""

import json

from bench import processes
from bench.contest import Contender, Figures, Goal, Kind, contest
from bench.fanout import Scene, stages
from bench.live.crowd import crowd
from bench.live.product import Product
from bench.live.seats import mark
from bench.report import Report
from tests.journeys.waiting import until

STAY = 200
AT_ONCE = 40
# The first ones fill caches and pools; what comes after them must leave nothing behind.
FIRST, VISITS = 6_000, 60_000
EVENT = 10
MIB = 1024 * 1024

GOALS = (
    # Python's allocator keeps some pages; 60,000 sockets that each left 100 bytes behind would be 6 MiB.
    Goal("MiB grown", at_most=6),
    Goal("files left", at_most=0),
    Goal("tasks left", at_most=0),
    Goal("topics left", at_most=0),
    Goal("subscriptions left", at_most=0),
)


def measure(rounds: int) -> list[Report]:
    """Ours alone; one round, as the number of sockets is what counts."""
    with stages() as scene:
        title = f"{VISITS:,} sockets that come and go beside {STAY} that stay"
        return [contest(title, [Contender("ours", Kind.OURS, lambda: _play(scene))], rounds=1, goals=GOALS)]


def _play(scene: Scene) -> Figures:
    """A third goes without a word, a third says goodbye, a third looks at something else first; an event at the end."""
    product = scene.product
    with scene.ours(STAY) as served, crowd() as audience, crowd() as visitors:
        audience.open(served.port, served.seats)
        elsewhere = json.dumps({"t": "watch", "view": "?tab=shared&range=year"}).encode()
        kinds = product.seats(400)
        visitors.visit(served.port, kinds, elsewhere, total=FIRST, at_once=AT_ONCE)
        before = _state(product, served.process)
        let_in = visitors.visit(served.port, kinds, elsewhere, total=VISITS, at_once=AT_ONCE)
        after = _state(product, served.process)
        audience.expect(EVENT)
        served.announce(mark(EVENT))
        audience.arrivals()
    return {"let in": let_in, "MiB before": before["MiB"], "MiB grown": after["MiB"] - before["MiB"]} | {
        f"{name} left": after[name] - before[name] for name in ("files", "tasks", "topics", "subscriptions")
    }


def _state(product: Product, process: int) -> dict[str, float]:
    """What the server holds once only those are left that stay."""
    until(lambda: product.metric("inbox_sockets") == STAY)
    usage = processes.usage(process)
    return {
        "MiB": usage.rss / MIB,
        "files": usage.files,
        "tasks": product.metric("inbox_tasks"),
        "topics": product.metric("inbox_topics"),
        "subscriptions": product.subscriptions(),
    }
