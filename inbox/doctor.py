"""Is everything this installation needs there? One finding a line."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

from inbox import clock
from inbox.config import Settings
from inbox.errors import NotFound
from inbox.messaging import synchronizations
from inbox.provisioning import credentials
from inbox.storage import row_security
from inbox.storage.columns import db_now
from inbox.storage.database import Database, Tenant
from inbox.storage.spool import Spool, SpoolError
from inbox.storage.tables import organisations
from inbox.storage.vault import Vault
from providers.contract import ProviderError
from providers.twilio.client import TwilioClient, TwilioTransport

MOST_CLOCK_SECONDS = 5.0
# A run is due every minute, and every quarter of an hour while Twilio refuses.
MOST_SYNCHRONIZED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and how it is, in words."""

    what: str
    is_well: bool
    words: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at database, clock, spool, Redis, Twilio credentials and webhook address, in this order."""
    checks: list[tuple[str, Callable[[Settings], Awaitable[str]]]] = [
        ("Database", _database),
        ("Clock", _clock),
        ("Spool", _spool),
        ("Redis", _redis),
        ("Twilio credentials", _credentials),
        ("Webhook address", _webhook_address),
        ("Synchronizing", _synchronizing),
    ]
    return [await _found(what, check, settings) for what, check in checks]


class _Wrong(Exception):
    """Something is not as it must be; the message says what."""


async def _found(what: str, check: Callable[[Settings], Awaitable[str]], settings: Settings) -> Finding:
    try:
        return Finding(what, True, await check(settings))
    except _Wrong as wrong:
        return Finding(what, False, str(wrong))
    except Exception as error:  # a check that breaks is a finding too
        return Finding(what, False, f"{type(error).__name__}: {error}")


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url)
    await database.connect()
    try:
        yield database
    finally:
        await database.disconnect()


async def _database(settings: Settings) -> str:
    async with _connected(settings) as database:
        started = time.perf_counter()
        await database.ping()
        words = f"{database.dialect} answers in {(time.perf_counter() - started) * 1000:.0f} ms"
        if database.dialect == "postgresql" and not await row_security.binds(database):
            return f"{words}; its user is an administrator, whom row level security does not bind"
        return words


async def _clock(settings: Settings) -> str:
    async with _connected(settings) as database:
        theirs = await database.fetch_val(select(db_now()))
        apart = abs((clock.now() - theirs).total_seconds())
    if apart > MOST_CLOCK_SECONDS:
        raise _Wrong(f"{apart:.0f} s apart from the database's; set both by NTP")
    return f"{apart:.1f} s apart from the database's"


async def _spool(settings: Settings) -> str:
    spool = Spool(settings.spool_dir, Vault(settings.vault_keys))
    try:
        await spool.probe()
    except SpoolError as error:
        raise _Wrong(f"{error} Texts that come while the database is away would be refused") from error
    state = await spool.state()
    if state.damaged:
        raise _Wrong(f"{state.damaged} calls in {settings.spool_dir}/damaged could not be used; see the log")
    return f"{settings.spool_dir} can be written to, {state.entries} calls wait in it"


async def _redis(settings: Settings) -> str:
    if settings.redis_url == "memory://":
        return "not used; one process serves everything"
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=3, socket_timeout=3)
    try:
        await redis.ping()
    except RedisError as error:
        raise _Wrong(f"does not answer ({type(error).__name__}); texts still come, up to 0.5 s later") from error
    finally:
        await redis.aclose()
    return "answers"


async def _credentials(settings: Settings) -> str:
    async with _connected(settings) as database:
        ids = await database.fetch_all(select(organisations.c.id).order_by(organisations.c.id))
        transport, vault, known = TwilioTransport(settings.twilio_api_url), Vault(settings.vault_keys), 0
        try:
            for row in ids:
                try:
                    account = await credentials.first(Tenant(database, row["id"]), vault)
                except NotFound:
                    continue
                known += 1
                await TwilioClient(transport, account.account_sid, account.auth_token).check_credentials()
        except ProviderError as error:
            raise _Wrong(error.words) from error
        finally:
            await transport.aclose()
    return f"accepted for {known} of {len(ids)} organisations" if known else "none kept yet"


async def _webhook_address(settings: Settings) -> str:
    """Twilio signs what it calls, so the public URL has to lead here, over TLS, without a redirect."""
    async with httpx2.AsyncClient(timeout=5) as http:
        try:
            answer = await http.get(f"{settings.public_url}/healthz")
        except httpx2.HTTPError as error:
            raise _Wrong(f"{settings.public_url} does not answer ({type(error).__name__})") from error
    if answer.status_code != 200:
        raise _Wrong(f"{settings.public_url}/healthz answers {answer.status_code}")
    if urlsplit(settings.public_url).scheme != "https":
        return f"{settings.public_url} answers; Twilio itself needs https"
    return f"{settings.public_url} answers"


async def _synchronizing(settings: Settings) -> str:
    async with _connected(settings) as database:
        seconds = await synchronizations.seconds_since_end(database)
    if seconds is None:
        return "no Twilio account to synchronize with"
    minutes = max(1, round(seconds / 60))
    if seconds > MOST_SYNCHRONIZED_SECONDS:
        raise _Wrong(f"an account was not read to its end for {minutes} min; see Settings, and whether a worker runs")
    return f"every account was read to its end within the last {minutes} min"
