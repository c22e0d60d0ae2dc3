"""What must reach its end does, and the cancellation is heard afterwards."""

import asyncio
from typing import Any

import anyio
import pytest

from inbox.storage import cancellation
from inbox.storage.cancellation import finish

pytestmark = pytest.mark.anyio


class Work:
    """Something that takes a moment, and knows how far it came."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.has_ended = False

    async def run(self, *, fail: bool = False) -> str:
        self.has_begun.set()
        await self.may_end.wait()
        self.has_ended = True
        if fail:
            raise LookupError
        return "result"


async def test_the_result_and_the_error_come_out() -> None:
    work = Work()
    work.may_end.set()
    assert await finish(work.run()) == "result"
    with pytest.raises(LookupError):
        await finish(work.run(fail=True))


@pytest.mark.parametrize("fail", [False, True])
async def test_a_cancelled_task_finishes_first_and_is_cancelled_then(fail: bool) -> None:
    work = Work()
    task = asyncio.create_task(finish(work.run(fail=fail)))
    await work.has_begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.wait([task], timeout=0.01)
        assert not task.done()
    work.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.has_ended


async def test_a_timeout_is_raised_after_the_work() -> None:
    work = Work()
    asyncio.get_running_loop().call_later(0.05, work.may_end.set)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await finish(work.run())
    assert work.has_ended


async def test_a_cancelled_scope_waits_for_the_work_without_turning_in_circles(monkeypatch: pytest.MonkeyPatch) -> None:
    work, waits = Work(), 0
    wait = asyncio.wait

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal waits
        waits += 1
        return await wait(*args, **options)

    monkeypatch.setattr(cancellation.asyncio, "wait", counted)
    asyncio.get_running_loop().call_later(0.05, work.may_end.set)
    with anyio.move_on_after(0.01) as scope:
        assert await finish(work.run()) == "result"
        await anyio.lowlevel.checkpoint()  # here the scope is heard
    assert work.has_ended
    assert scope.cancelled_caught
    assert waits == 1


async def test_work_that_cancels_itself_is_cancelled() -> None:
    async def give_up() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await finish(give_up())
