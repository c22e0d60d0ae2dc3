"""Closes the sockets of sessions that have ended or see something else now, wherever that was done, or by their age."""

import asyncio

import structlog

from inbox.accounts import sessions
from inbox.embeds import widgets
from inbox.errors import Unavailable
from inbox.storage.database import Database
from realtime.hub import Hub

# ASVS 5.0, 7.4: an ended session has no effect any more. One query for all sockets of a process.
LOOK_SECONDS = 5.0

_log = structlog.stdlib.get_logger(__name__)


def key(session_hash: str) -> str:
    """What the sockets of a session join the hub with."""
    return f"session:{session_hash}"


def sight_key(session_hash: str, *, own_only: bool) -> str:
    """What they join it with for what they were shown: all conversations, or their user's own only."""
    return f"sight:{session_hash}:{'own' if own_only else 'all'}"


async def watch(database: Database, hub: Hub) -> None:
    """Look every five seconds, until cancelled; a database that is away is asked again."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await dismiss_ended(database, hub)
        except Unavailable as error:
            _log.warning("the sessions of open sockets could not be checked", reason=error.sentence)
        except Exception:  # whatever the driver raises: sockets stay, the next look comes
            _log.exception("the sessions of open sockets could not be checked")


async def dismiss_ended(database: Database, hub: Hub) -> None:
    """Close the sockets here whose session is over, or was let in with another sight, with 4401."""
    connected = {name.removeprefix("session:") for name in hub.keys if name.startswith("session:")}
    if not connected:
        return
    alive = await sessions.alive(database, [one for one in connected if not one.startswith(widgets.MARK)])
    alive |= await widgets.alive(database, connected)
    for ended in connected - alive.keys():
        hub.dismiss(key(ended))
    for session_hash, own_only in alive.items():
        before = sight_key(session_hash, own_only=not own_only)
        if before in hub.keys:
            hub.dismiss(before)
