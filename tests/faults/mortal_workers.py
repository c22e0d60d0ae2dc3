"""Workers of which one is killed every quarter of a second, until SIGTERM. The argument is a seed.

They are forked from one process that has loaded the product, so that each new one works at once. One that has not
done anything yet is spared, so that there is an end on a busy machine too.
"""

import asyncio
import os
import random
import select
import signal
import sys
import time
from dataclasses import dataclass

from inbox import config, worker
from inbox.automation import campaign_sending, campaigns, workflow_running
from inbox.config import Settings
from inbox.messaging import outbound, sending, triggers
from inbox.messaging.sending import Line
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.vault import Vault
from providers.twilio.client import TwilioTransport

WORKERS = 4
EVERY_SECONDS = 0.25
LEASE_SECONDS = 3.0
"""Of their claims, so that what a killed one held goes on soon."""
HELD_SECONDS = 1.0


@dataclass
class Mortal:
    """A forked worker, and the end of the pipe by which it tells that it has done something."""

    process: int
    told: int

    @property
    def is_at_work(self) -> bool:
        return bool(select.select([self.told], [], [], 0)[0])

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.told)


def _born(settings: Settings) -> Mortal:
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        asyncio.run(_work(settings, tell))
    os.close(tell)
    return Mortal(child, told)


async def _work(settings: Settings, tell: int) -> None:
    database = Database(settings.database_url)
    await database.connect()
    line = Line(TwilioTransport(settings.twilio_api_url), Vault(settings.vault_keys), settings.public_url)

    async def send(tenant: Tenant, job: Job) -> float | Postponed | None:
        outcome = await sending.send_now(tenant, line, job.subject, job.tries)
        os.write(tell, b".")
        return outcome

    async def step(tenant: Tenant, job: Job) -> float | Postponed | None:
        outcome = await workflow_running.carry_on(tenant, job)
        os.write(tell, b".")
        return outcome

    async def hand_out(tenant: Tenant, job: Job) -> Postponed | None:
        outcome = await campaign_sending.carry_on(tenant, job)
        os.write(tell, b".")
        return outcome

    worker.LEASE_SECONDS, sending.HELD_SECONDS = LEASE_SECONDS, HELD_SECONDS
    deeds = {outbound.SEND: send, triggers.STEP: step, campaigns.SEND: hand_out}
    await worker.Worker(database, line, deeds=deeds, patient={triggers.STEP}).run()


def _until_asked_to_end(settings: Settings, seed: int) -> int:
    """How many were killed at their work."""
    chance, ends, kills = random.Random(seed), [], 0
    signal.signal(signal.SIGTERM, lambda *_: ends.append(True))
    alive = [_born(settings) for _ in range(WORKERS)]
    while not ends:
        time.sleep(EVERY_SECONDS)
        at_work = [one for one in alive if one.is_at_work]
        if at_work:
            victim = chance.choice(at_work)
            victim.kill()
            kills += 1
            alive[alive.index(victim)] = _born(settings)
    for one in alive:
        one.kill()
    return kills


if __name__ == "__main__":
    sys.stdout.write(f"{_until_asked_to_end(config.read(config.environment()), int(sys.argv[1]))}\n")
