"""Puts everything together: database, hub, worker, routes. Nobody imports it but the commands."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache

from starlette.applications import Starlette

from inbox import day_counts, deeds, housekeeping, low_balance, rendering
from inbox.accounts.mailing import Mailer
from inbox.config import Settings
from inbox.errors import Unavailable
from inbox.hooks.following import Follower
from inbox.messaging import (
    synchronizing,
)
from inbox.messaging.sending import Line
from inbox.provisioning.channels import Channels
from inbox.storage import events, jobs
from inbox.storage.database import Database
from inbox.storage.events import EventLog
from inbox.storage.spool import Spool
from inbox.storage.vault import Vault
from inbox.web import live, middleware, problems, revocation, sso
from inbox.web.api.rates import Rates
from inbox.web.assets import Assets
from inbox.web.draining import receiving
from inbox.web.frames import Frames
from inbox.web.routes import routes
from inbox.worker import Worker
from providers.hooks import HookSender
from providers.mail import post_office
from providers.oidc import Issuers
from providers.oidc.asking import Asking
from providers.twilio.client import TwilioTransport
from providers.twilio.media import TwilioMedia
from realtime.backend import connect_broadcast
from realtime.frames import hello
from realtime.hub import Hub

# Sockets of a process that ends are closed over this time, so that their browsers do not come back all at once.
CLOSING_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Running:
    """What a process holds while it runs."""

    database: Database
    hub: Hub
    workers: Mapping[Worker, asyncio.Task[None]]

    async def drain(self) -> None:
        """Finish the jobs that were claimed and let go of the sockets, while requests are still answered.

        Takes no longer than the workers to stop. May be cancelled: the end of `running` does the rest at once.
        """
        await asyncio.gather(self.finish(), self.hub.drain(spread_seconds=CLOSING_SECONDS))

    async def finish(self) -> None:
        """Claim no more jobs, and wait for those that were."""
        for worker in self.workers:
            worker.stop()
        if self.workers:
            await asyncio.shield(asyncio.gather(*self.workers.values()))


@asynccontextmanager
async def running(settings: Settings, *, works: bool) -> AsyncIterator[Running]:
    """Connect the database, the broadcaster and, with `works`, the workers; everything is closed again in order.

    Whatever commits events or jobs is announced from here, so that no writer can forget to.
    """
    database = Database(settings.database_url, number_keys=settings.vault_keys)
    await database.connect()
    hub = Hub(connect_broadcast(settings.redis_url), EventLog(database), Frames(database))
    transport, source = TwilioTransport(settings.twilio_api_url), TwilioMedia(settings.twilio_api_url)
    line = Line(transport, Vault(settings.vault_keys), settings.public_url)
    mailer = Mailer(post_office(settings.smtp_url, settings.mail_dir), settings.mail_from, settings.public_url)
    sender, follower = HookSender(to_private=settings.private_webhooks), Follower(database)
    workers = (
        [deeds.worker(database, line, source, mailer), deeds.teller(database, sender, line.vault)] if works else []
    )

    def announce(marks: frozenset[str]) -> None:
        for channel in events.channels(marks):
            hub.announce(channel)
        if jobs.MARK in marks:
            hub.announce(jobs.MARK)

    def heard(channel: str) -> None:
        if channel != jobs.MARK:
            follower.wake()
            return
        for worker in workers:
            worker.wake()

    database.on_commit(announce)
    hub.on_hint(heard)
    await hub.start()
    with suppress(Unavailable):  # a worker asks when the database is there again
        await synchronizing.ask_all(database, reason="start")
    working = {worker: asyncio.create_task(worker.run(), name="worker") for worker in workers}
    background = [asyncio.create_task(revocation.watch(database, hub), name="revocation")]
    if works:
        background.append(asyncio.create_task(housekeeping.keep(database), name="housekeeping"))
        background.append(asyncio.create_task(low_balance.watch(database), name="low balance"))
        background.append(asyncio.create_task(day_counts.keep(database), name="day counts"))
        background.append(asyncio.create_task(follower.run(), name="webhooks"))
    parts = Running(database, hub, working)
    try:
        yield parts
    finally:
        await parts.finish()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await hub.stop()
        await transport.aclose()
        await source.aclose()
        await sender.aclose()
        await database.disconnect()


def create_app(settings: Settings, *, works: bool) -> Starlette:
    """The web application; `works` runs the worker inside, as the embedded default does."""
    assets = _assets()
    rendering.set_global("asset", assets.address)
    rendering.set_global("build", assets.build)
    vault = Vault(settings.vault_keys)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            running(settings, works=works) as parts,
            receiving(
                parts.database,
                Channels(parts.database, vault),
                Spool(settings.spool_dir, vault),
                changed=parts.hub.look,
            ) as reception,
        ):
            app.state.database, app.state.hub, app.state.reception = parts.database, parts.hub, reception
            app.state.drain = parts.drain
            app.state.presence = live.presence(parts.hub)
            app.state.issuers = Issuers(Asking(to_private=settings.private_issuers))
            sweeping = asyncio.create_task(app.state.presence.keep(), name="presence")
            yield
            sweeping.cancel()
            await app.state.issuers.aclose()

    app = Starlette(
        routes=routes(assets),
        middleware=middleware.middleware(settings),
        exception_handlers=problems.exception_handlers(),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # its redirects are built from the Host header
    app.state.settings, app.state.vault = settings, vault
    app.state.sso_rates = Rates(sso.MOST_A_MINUTE)
    app.state.hello = hello(assets.build)
    return app


@cache
def _assets() -> Assets:
    """Read, joined and compressed once a process."""
    return Assets()


async def drain(app: Starlette) -> None:
    """Prepare an application that runs for its end, see `Running.drain`."""
    await app.state.drain()
