"""Many writers at once: on SQLite nobody is told that it is locked, and a reader at the log's tail misses nothing."""

import asyncio
import random
import time
from pathlib import Path
from uuid import uuid4

import pytest

from inbox.storage import events
from inbox.storage.database import Database
from inbox.storage.events import EventKind, EventLog
from tests.faults import invariant
from tests.faults.caller import Caller, at_once
from tests.faults.conftest import Figure
from tests.faults.installation import production
from tests.faults.percentiles import in_words
from tests.journeys.installation import JO
from tests.storage.conftest import new_tenant

WRITERS = 20
EACH = 25


@pytest.mark.long
def test_twenty_writers_a_web_and_a_worker_share_a_file(tmp_path: Path, figure: Figure) -> None:
    with production(tmp_path, webs=1, workers=1, on_sqlite=True) as installation:
        twilio, jo = Caller(installation), installation.sign_in(JO)
        numbers = [installation.candidate() for _ in range(WRITERS)]
        for number in numbers:
            installation.text_in(number, "Hello")
        conversations = [installation.conversation(number) for number in numbers]
        seconds: list[float] = []

        def write(place: int) -> set[int | None]:
            statuses = set()
            for turn in range(EACH):
                began = time.monotonic()
                if turn % 2:
                    answer = installation.reply(jo, conversations[place], f"Reply {turn}", id=str(uuid4()))
                    statuses.add(answer.status_code)
                else:
                    statuses.add(twilio.call(twilio.text(numbers[place], f"Text {turn}")))
                seconds.append(time.monotonic() - began)
            return statuses

        assert at_once(write, range(WRITERS), threads=WRITERS) == [{200}] * WRITERS
        twilio.close()
        counted = "select count(*) from messages where direction = 'out' and seq > 0"
        assert installation.ask(counted) == [(WRITERS * (EACH // 2),)]
        invariant.holds(installation, seconds=300)
        assert "locked" not in installation.processes.printed()
        installation.close_browsers()
    figure(f"{WRITERS} writers, web and worker on SQLite: a write takes", in_words(seconds))
    figure(f"{WRITERS} writers, web and worker on SQLite: locked", 0)


@pytest.mark.long
@pytest.mark.anyio
async def test_sixteen_writers_that_dawdle_and_a_reader_at_the_tail_agree(database: Database, figure: Figure) -> None:
    tenant, chance = await new_tenant(database), random.Random(6)
    log, each, writers, seen = EventLog(database), 200, 16, 0

    async def write() -> None:
        for _ in range(each):
            async with tenant.transaction():
                await asyncio.sleep(chance.uniform(0.0, 0.004))
                await events.record(tenant, EventKind.MESSAGE_ADDED)

    began = time.monotonic()
    writing = [asyncio.create_task(write()) for _ in range(writers)]
    while seen < each * writers:
        numbers = [event.seq for event in await log.read(tenant.channel, seen, 100)]
        assert numbers == list(range(seen + 1, seen + 1 + len(numbers)))
        seen += len(numbers)
    await asyncio.gather(*writing)
    rate = each * writers / (time.monotonic() - began)
    assert (await events.head(tenant)).seq == seen
    figure(f"{writers} writers of one organisation, {database.dialect}: missed / events a second", f"0 / {rate:,.0f}")
