"""For those who run it: is the process alive, is it ready, what does it count."""

import asyncio
from hmac import compare_digest

import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from inbox.storage.database import Database
from inbox.storage.spool import Spool, SpoolError
from inbox.storage.spool_folder import SpoolState

_log = structlog.stdlib.get_logger(__name__)

READY_SECONDS = 2.0


async def healthz(request: Request) -> Response:
    """The process lives."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """503 unless the database answers, and when the process is about to end, though it still answers everything.

    Without hints or a spool everything works for now: told, but ready.
    """
    state = request.app.state
    hub = state.hub.state
    checks = {
        "database": await _answers(state.database),
        "hub": hub.healthy,
        "spool": await _takes(state.reception.spool),
        "ending": hub.draining,
    }
    return JSONResponse(checks, status_code=200 if checks["database"] and not hub.draining else 503)


async def metrics(request: Request) -> Response:
    """Prometheus text, for the bearer of INBOX_METRICS_TOKEN; 404 while no token is set."""
    token = request.app.state.settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token:
        return PlainTextResponse("Set INBOX_METRICS_TOKEN to read metrics.\n", status_code=404)
    if not compare_digest(given.encode(), token.encode()):
        return PlainTextResponse("The metrics token does not match.\n", status_code=401)
    return PlainTextResponse(
        _text(request, await request.app.state.reception.spool.state()), media_type="text/plain; version=0.0.4"
    )


async def _answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(READY_SECONDS):
            await database.ping()
    except Exception as error:  # whatever the driver raises, the database is not there
        _log.warning("the database does not answer", reason=repr(error))
        return False
    return True


async def _takes(spool: Spool) -> bool:
    try:
        await spool.probe()
    except SpoolError as error:
        _log.warning("the spool takes nothing", reason=str(error))
        return False
    return True


def _text(request: Request, spool: SpoolState) -> str:
    hub, registry = request.app.state.hub.state, CollectorRegistry()
    for name, words, value in (
        ("inbox_sockets", "Open websockets of this process", hub.sockets),
        ("inbox_topics", "Different views and threads on screen", hub.topics),
        ("inbox_tasks", "Tasks of this process that have not ended", len(asyncio.all_tasks())),
        ("inbox_hub_healthy", "1 while the broadcaster is heard", int(hub.healthy)),
        ("inbox_frames_sent", "Frames written to sockets since the start", hub.frames_sent),
        ("inbox_socket_overflows", "Sockets dropped for reading too slowly", hub.overflows),
        ("inbox_resyncs", "Times a browser had to load its page anew", hub.resyncs),
        ("inbox_spooled_calls", "Calls of Twilio's that wait on disk for the database", spool.entries),
        ("inbox_spooled_oldest_seconds", "How long the oldest of them has waited", spool.oldest_seconds),
        ("inbox_damaged_calls", "Calls on disk that could not be used and were set aside", spool.damaged),
    ):
        Gauge(name, words, registry=registry).set(value)
    return generate_latest(registry).decode()
