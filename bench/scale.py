"""`python -m bench.scale`: how many processes and cores many organisations take, computed from measured costs.

Plain arithmetic: what is measured stands in `Measured`, what is assumed in `Assumed`; docs/scale.md says by which
command the one was measured, and what the other rests on. Nothing was ever run at this size.
"""

import argparse
import math
import sys
from dataclasses import dataclass, replace
from enum import StrEnum

from bench.contest import number
from bench.report import Report

MICRO = 1e-6
KIB_A_GIB = 1024 * 1024


class Way(StrEnum):
    """Which process a socket may be at."""

    ANYWHERE = "anywhere"
    """At any web process, as pages and webhooks."""
    APART = "sockets apart"
    """At any of some web processes to which the proxy takes nothing but sockets."""
    TOGETHER = "and by organisation"
    """At that of those which has all sockets of the organisation."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of a processor, in the product's process and in PostgreSQL."""

    ours: float
    database: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What one piece of work takes, by the rows costs, machines, ingest and sending of `python -m bench`."""

    event: Cost
    """Read by one web process; with the queries for rows and counts if it concerns lists."""
    view: Cost
    thread: Cost
    counts: Cost
    frame: Cost
    page: Cost
    text_in: Cost
    """A webhook that brings a text, while many come at once."""
    report: Cost
    """A webhook that tells what became of a text; PostgreSQL's part is counted with the text."""
    text_out: Cost
    """A text sent, in a worker."""
    word: Cost
    """Who has which conversation open, said by one browser and heard by each web process."""
    known: Cost
    """One conversation that somebody has open, for a second at each web process."""
    queries: float
    """Of one web process for one event."""
    socket_kib: float
    process_kib: float
    commits: float
    """Events a second that one organisation can record, each in a transaction of its own."""


MEASURED = Measured(
    event=Cost(4_011, 898),
    view=Cost(177, 1.5),
    thread=Cost(2_600, 600),
    counts=Cost(600, 500),
    frame=Cost(12.1),
    page=Cost(17_300, 2_300),
    text_in=Cost(472, 186),
    report=Cost(1_385),
    text_out=Cost(7_799, 1_486),
    word=Cost(9.5),
    known=Cost(2.31),
    queries=8.05,
    socket_kib=24.9,
    process_kib=128 * 1024,
    commits=425,
)


@dataclass(frozen=True, slots=True)
class Assumed:
    """How the product is used in its busiest hour; rates are for one organisation and minute."""

    organisations: int = 1_000
    sockets: int = 100_000
    texts_in: float = 6.0
    texts_out: float = 8.0
    reports: float = 2.0
    """Of Twilio's on one text out, each an event for those who have the conversation open."""
    acts: float = 2.0
    """Conversations taken, given and closed."""
    pages: float = 50.0
    views: int = 6
    """Different views of Shared on screen in one organisation."""
    on_shared: float = 0.5
    """The share of inboxes on Shared; each of the others is on a Mine of its own."""
    open_threads: float = 0.8
    """How many people have the conversation of an event open."""
    watched: float = 0.3
    """The share of inboxes that somebody looks at right now with a conversation open."""
    word_seconds: float = 10.0
    """How often such a page says so."""
    beat_seconds: float = 20.0
    busy: float = 0.6
    """How much of a core may be used before waiting gets long."""
    sockets_a_process: int = 9_000
    connections_a_process: int = 20


@dataclass(frozen=True, slots=True)
class Load:
    """What happens in a second."""

    listed: float
    """Events that concern lists."""
    unlisted: float
    """Events that concern none but those who have the conversation open."""
    texts_out: float
    texts_in: float
    pages: float
    frames: float
    words: float
    watched: float
    """Conversations that somebody looks at, at any moment."""

    @property
    def events(self) -> float:
        """All of them."""
        return self.listed + self.unlisted


@dataclass(frozen=True, slots=True)
class Need:
    """Busy cores by kind of work, and what goes with them."""

    webs: int
    sockets_at: int
    """How many of the web processes have sockets."""
    readers: float
    """How many web processes read one event."""
    renderings: float
    """How many renderings of lists one event takes in all processes."""
    presence: float
    """Of each web process, however many there are."""
    showing: float
    writing: float
    pages: float
    calls: float
    workers: float
    database: float
    queries: float
    """A second, of the web processes for events."""

    @property
    def web(self) -> float:
        """Busy cores of all web processes."""
        return self.showing + self.writing + self.pages + self.calls + self.webs * self.presence


def load(used: Assumed) -> Load:
    """What happens in a second."""
    a_second = used.organisations / 60
    texts_out = used.texts_out * a_second
    listed = (used.texts_in + used.texts_out + used.acts) * a_second
    unlisted = texts_out * used.reports
    on_shared = used.sockets / used.organisations * used.on_shared
    # Everybody on Shared; the list and the counts of the one whom it concerns; those who have the conversation open.
    frames = listed * (on_shared + 2) + (listed + unlisted) * used.open_threads
    return Load(
        listed=listed,
        unlisted=unlisted,
        texts_out=texts_out,
        texts_in=used.texts_in * a_second,
        pages=used.pages * a_second,
        frames=frames + used.sockets / used.beat_seconds,
        words=used.sockets * used.watched / used.word_seconds,
        watched=used.sockets * used.watched,
    )


class TooMuch(Exception):
    """No number of processes carries the load: what each of them has to do by itself fills it."""


def need(used: Assumed, cost: Measured, way: Way) -> Need:
    """What the load takes with the sockets at as many processes as that needs. Raises TooMuch."""
    sockets_at, found = 0, _need(used, cost, way, 1)
    while found.sockets_at > sockets_at:
        sockets_at = found.sockets_at
        found = _need(used, cost, way, sockets_at)
    return found


def _need(used: Assumed, cost: Measured, way: Way, spread: int) -> Need:
    """With the sockets at so many processes; the answer says at how many they should be."""
    happens = load(used)
    each = used.sockets / used.organisations
    places = 1 if way is Way.TOGETHER else spread
    readers = occupied(places, each)
    renderings = used.views * occupied(places, each * used.on_shared / used.views) + 1
    shown = (
        (happens.events * readers, cost.event),
        (happens.listed * renderings, cost.view),
        (happens.listed, cost.counts),
        (happens.events * used.open_threads, cost.thread),
    )
    calls = ((happens.texts_in, cost.text_in), (happens.unlisted, cost.report))
    asked = ((happens.pages, cost.page), (happens.texts_out, cost.text_out), *calls)
    showing, writing = sum(many * one.ours for many, one in shown), happens.frames * cost.frame.ours
    calling = sum(many * one.ours for many, one in calls)
    answering = happens.pages * cost.page.ours + calling
    presence = MICRO * (happens.words * cost.word.ours + happens.watched * cost.known.ours)
    left = used.busy - presence
    if left <= 0:
        raise TooMuch(f"what every process hears of who is where keeps it busy by {presence:.0%}")
    least = math.ceil(used.sockets / used.sockets_a_process)
    others = 0 if way is Way.ANYWHERE else math.ceil(MICRO * answering / left)
    beside = MICRO * (showing + writing + (answering if way is Way.ANYWHERE else 0))
    sockets_at = max(least, math.ceil(beside / left))
    return Need(
        webs=sockets_at + others,
        sockets_at=sockets_at,
        readers=readers,
        renderings=renderings,
        presence=presence,
        showing=MICRO * showing,
        writing=MICRO * writing,
        pages=MICRO * happens.pages * cost.page.ours,
        calls=MICRO * calling,
        workers=MICRO * happens.texts_out * cost.text_out.ours,
        database=MICRO * sum(many * one.database for many, one in (*shown, *asked)),
        queries=happens.events * readers * cost.queries,
    )


def occupied(places: int, many: float) -> float:
    """At how many of so many places at least one is found, when `many` are spread over them by chance."""
    return places * (1 - (1 - 1 / places) ** many) if places > 1 else min(1.0, many)


def report(used: Assumed, cost: Measured) -> Report:
    """The need for each way of placing the sockets."""
    columns = {way.value: _column(need(used, cost, way), used, cost) for way in Way}
    rows = next(iter(columns.values()))
    happens = load(used)
    notes = [
        f"{used.organisations:,} organisations, {used.sockets:,} sockets",
        f"a second: {number(happens.events)} events, {number(happens.texts_in + happens.unlisted)} webhooks,"
        f" {number(happens.pages)} pages,"
        f" {number(happens.texts_out)} texts out, {number(happens.frames)} frames",
        f"one organisation: {number(happens.events / used.organisations)} events a second of"
        f" {number(cost.commits)} that it can record",
    ]
    lines = [{"": row} | {name: column[row] for name, column in columns.items()} for row in rows]
    return Report("Computed, not measured", lines, notes=notes)


def _column(one: Need, used: Assumed, cost: Measured) -> dict[str, str]:
    workers = math.ceil(one.workers / used.busy)
    figures = {
        "web processes": one.webs,
        "  of them with sockets": one.sockets_at,
        "busy cores, web": one.web,
        "  showing events": one.showing,
        "  writing frames": one.writing,
        "  pages": one.pages,
        "  webhooks": one.calls,
        "  presence": one.webs * one.presence,
        "busy share of each by presence": one.presence,
        "worker processes": workers,
        "busy cores, workers": one.workers,
        "busy cores, PostgreSQL": one.database,
        "processes that read an event": one.readers,
        "lists rendered for an event": one.renderings,
        "queries/s for events": one.queries,
        "database connections": (one.webs + workers) * used.connections_a_process,
        "memory of all web, GiB": (one.webs * cost.process_kib + used.sockets * cost.socket_kib) / KIB_A_GIB,
    }
    return {name: f"{value:,}" if isinstance(value, int) else number(value) for name, value in figures.items()}


def main() -> None:
    """Print the need of so many organisations and sockets."""
    usual = Assumed()
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--organisations", type=int, default=usual.organisations)
    parser.add_argument("--sockets", type=int, default=usual.sockets)
    asked = parser.parse_args()
    try:
        print(report(replace(usual, organisations=asked.organisations, sockets=asked.sockets), MEASURED).text())
    except TooMuch as reason:
        sys.exit(f"No number of processes carries this: {reason}.")


if __name__ == "__main__":
    main()
