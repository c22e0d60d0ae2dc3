"""Who is where: said in every process, with one voice for all tabs of a person, and never a ghost."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from realtime import presence
from realtime.hub import Hub
from realtime.presence import Person, Presence
from tests.faults.redis import PrivateRedis
from tests.realtime.conftest import NewHub
from tests.realtime.played import PlayedLog, Reader, played_socket
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio

JO, ANA = Person("1", "Jo Park"), Person("2", "Ana Ruiz")
EVERYBODYS = "everybody"


def over(hub: Hub) -> Presence:
    """Places are the topics ("at", place); EVERYBODYS is watched by all of a part."""
    return Presence(
        hub,
        is_at=lambda topic, place: topic == ("at", place),
        is_around=lambda topic, part: topic == (("part", part) if part else EVERYBODYS),
    )


@dataclass
class Page:
    """A socket that hears who is where."""

    hub: Hub
    reader: Reader = field(default_factory=Reader)

    async def open(self, log: PlayedLog, *topics: Any) -> "Page":
        socket, _ = played_socket(self.reader)
        slots = {str(topic): (topic, log.end()) for topic in (EVERYBODYS, *topics)}
        await self.hub.join(socket, "org", slots, ())
        self.socket = socket
        await until(lambda: self.reader.beats)
        return self

    def at(self, place: str) -> list[tuple[str, bool]] | None:
        """Who is there by the last word on it; None before any."""
        said = [signal for signal in map(json.loads, self.reader.frames) if signal["t"] == "presence"]
        of_place = [signal["who"] for signal in said if signal["c"] == place]
        return [(person["name"], person["writing"]) for person in of_place[-1]] if of_place else None


@pytest.fixture
async def hub(new_hub: NewHub) -> AsyncIterator[Hub]:
    async with new_hub() as started:
        yield started


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time pass for presence alone."""
    passed = [0.0]
    real = presence.time.monotonic
    monkeypatch.setattr(presence.time, "monotonic", lambda: real() + passed[0])

    def pass_by(seconds: float) -> None:
        passed[0] += seconds

    return pass_by


async def test_who_comes_writes_and_leaves_is_said_and_several_tabs_are_one_person(hub: Hub, log: PlayedLog) -> None:
    there = over(hub)
    page = await Page(hub).open(log, ("at", "maya"))
    first, second, ana = (there.seat("org", person) for person in (JO, JO, ANA))
    for seat in (first, second, ana):
        seat.move("maya")
    assert page.at("maya") is None
    first.here(writing=False)
    assert page.at("maya") == [("Jo Park", False)]
    ana.here(writing=True)
    second.here(writing=False)
    assert page.at("maya") == [("Ana Ruiz", True), ("Jo Park", False)]
    first.leave()
    assert page.at("maya") == [("Ana Ruiz", True), ("Jo Park", False)]
    second.move("tom")
    ana.leave()
    assert page.at("maya") == []


async def test_who_says_nothing_any_more_is_forgotten(hub: Hub, log: PlayedLog, clock: Callable[[float], None]) -> None:
    there = over(hub)
    page = await Page(hub).open(log, ("at", "maya"))
    seat, other = there.seat("org", JO), there.seat("org", ANA)
    for one in (seat, other):
        one.move("maya")
    seat.here(writing=True)
    clock(presence.WRITING_SECONDS + 1)
    other.here(writing=False)
    assert page.at("maya") == [("Ana Ruiz", False), ("Jo Park", False)]
    clock(presence.HERE_SECONDS - presence.WRITING_SECONDS)
    other.here(writing=False)
    assert page.at("maya") == [("Ana Ruiz", False)]


async def test_who_writes_is_said_at_the_place_only_and_a_newcomer_is_told_all(hub: Hub, log: PlayedLog) -> None:
    there = over(hub)
    elsewhere = await Page(hub).open(log)
    seat = there.seat("org", JO)
    seat.move("maya")
    seat.here(writing=False)
    seat.here(writing=True)
    assert elsewhere.at("maya") == [("Jo Park", False)]
    newcomer = await Page(hub).open(log)
    there.seat("org", ANA).look_round(newcomer.socket, part="")
    assert newcomer.at("maya") == [("Jo Park", True)]


async def test_who_is_in_one_part_is_told_to_those_who_look_at_that_part(hub: Hub, log: PlayedLog) -> None:
    there, pages = over(hub), {}
    for part in ("south", "north"):
        pages[part] = await Page(hub).open(log, ("part", part))
    seat = there.seat("org", JO)
    seat.move("maya", "south")
    seat.here(writing=False)
    for part in ("south", "north"):
        newcomer = await Page(hub).open(log)
        there.seat("org", ANA).look_round(newcomer.socket, part=part)
        pages[f"new in {part}"] = newcomer
    told = {name for name, page in pages.items() if page.at("maya") == [("Jo Park", False)]}
    assert told == {"south", "new in south"}
    assert pages["north"].at("maya") is None


async def test_in_a_crowd_only_those_at_the_place_are_told(
    hub: Hub, log: PlayedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "MOST_TOLD_ALL", 1)
    there = over(hub)
    here, elsewhere = await Page(hub).open(log, ("at", "maya")), await Page(hub).open(log)
    seat = there.seat("org", JO)
    seat.move("maya")
    seat.here(writing=False)
    assert here.at("maya") == [("Jo Park", False)]
    there.seat("org", ANA).look_round(elsewhere.socket, part="")
    assert elsewhere.at("maya") is None


async def test_other_processes_hear_it_and_strangers_words_change_nothing(
    new_hub: NewHub, log: PlayedLog, private_redis: PrivateRedis
) -> None:
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(new_hub(private_redis.url)) for _ in range(2)]
        there, _ = over(one), over(two)
        page = await Page(two).open(log, ("at", "maya"))
        one.passing.say({"presence": "here", "channel": "org"})
        one.passing.say({"presence": 5, "channel": "org", "place": "maya", "id": "1", "name": "Jo", "tab": "1"})
        seat = there.seat("org", JO)
        seat.move("maya")
        seat.here(writing=True)
        await until(lambda: page.at("maya") == [("Jo Park", True)])
        seat.leave()
        await until(lambda: page.at("maya") == [])


async def test_what_is_said_of_an_organisation_without_a_page_here_is_not_kept(hub: Hub, log: PlayedLog) -> None:
    there = over(hub)
    seat = there.seat("org", JO)
    seat.move("maya")
    seat.here(writing=False)
    page = await Page(hub).open(log, ("at", "maya"))
    there.seat("org", ANA).look_round(page.socket, part="")
    assert page.at("maya") is None
    seat.here(writing=False)
    assert page.at("maya") == [("Jo Park", False)]


async def test_other_organisations_hear_nothing(hub: Hub, log: PlayedLog) -> None:
    there = over(hub)
    page = await Page(hub).open(log, ("at", "maya"))
    seat = there.seat("another", JO)
    seat.move("maya")
    seat.here(writing=False)
    there.seat("org", ANA).look_round(page.socket, part="")
    assert page.at("maya") is None
