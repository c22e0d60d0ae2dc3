"""What waits at the same time is stored together, and however a statement ends, the next one goes on."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from inbox.errors import Unavailable
from inbox.messaging.gathering import Gathering

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class One:
    """Something to store."""

    message_id: str
    lane: str = "a lane"


@pytest.mark.parametrize("odd", [asyncio.CancelledError, RuntimeError, TimeoutError])
async def test_a_statement_that_ends_in_an_odd_way_leaves_its_lane_free(odd: type[BaseException]) -> None:
    ends: list[type[BaseException]] = [odd]

    async def store(some: Sequence[One], _: Callable[[], bool]) -> set[str]:
        if ends:
            raise ends.pop()
        return {one.message_id for one in some}

    gathering = Gathering[One](store, "things")
    assert not await gathering.take(One("first"))
    assert await gathering.take(One("second"))


async def test_a_database_that_is_away_is_told_to_each_who_waits() -> None:
    async def store(some: Sequence[One], _: Callable[[], bool]) -> set[str]:
        raise Unavailable("It is away.")

    gathering = Gathering[One](store, "things")
    answers = await asyncio.gather(*(gathering.take(One(name, name)) for name in "abc"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3


async def test_those_of_one_lane_are_stored_one_after_the_other_and_others_together() -> None:
    seen: list[list[str]] = []

    async def store(some: Sequence[One], _: Callable[[], bool]) -> set[str]:
        seen.append([one.message_id for one in some])
        await asyncio.sleep(0)
        return {one.message_id for one in some}

    gathering = Gathering[One](store, "things")
    told = [One("a1", "a"), One("a2", "a"), One("b1", "b"), One("c1", "c"), One("a3", "a")]
    assert all(await asyncio.gather(*(gathering.take(one) for one in told)))
    assert all(len({name[0] for name in some}) == len(some) for some in seen)
    assert [name for some in seen for name in some if name[0] == "a"] == ["a1", "a2", "a3"]
    assert len(seen) < len(told)
