"""Sessions: made at sign-in, kept as hashes, ended on the server."""

import secrets
from collections.abc import Collection
from hashlib import sha256

from sqlalchemy import ColumnElement, and_, delete, insert, not_, or_, select, update

from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import organisations, sessions, users

IDLE_SECONDS = 12 * 3600
LONGEST_SECONDS = 14 * 24 * 3600

_USER_AGENT_CHARACTERS = 300
_KEEP_ENDED_SECONDS = 30 * 24 * 3600


async def start(tenant: Tenant, user_id: str, *, user_agent: str = "", is_proven: bool = False) -> str:
    """A new session of this user; the answer is the value of the cookie, which is stored nowhere.

    `is_proven`: a second factor was shown, to us or to whoever vouches for the person.
    """
    cookie = secrets.token_urlsafe(32)
    await tenant.execute(
        insert(sessions).values(
            organisation_id=tenant.organisation_id,
            id_hash=hash_of(cookie),
            user_id=user_id,
            user_agent=user_agent.replace("\x00", "")[:_USER_AGENT_CHARACTERS],
            expires_at=db_later(LONGEST_SECONDS),
            is_proven=is_proven,
        )
    )
    return cookie


def hash_of(cookie: str) -> str:
    """SHA-256 in hex: what stands for the session in the database, in logs and among sockets.

    Plain SHA-256 is enough for 256 random bits; whoever reads the table cannot sign in with it.
    """
    return sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def is_open() -> ColumnElement[bool]:
    """The condition, on sessions joined with users, under which somebody is signed in."""
    return and_(
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > db_now(),
        sessions.c.last_seen_at > db_later(-IDLE_SECONDS),
        may_sign_in(),
    )


def may_sign_in() -> ColumnElement[bool]:
    """The condition, on users, of being neither shut out nor a guest whose time is over."""
    return and_(users.c.deactivated_at.is_(None), or_(users.c.expires_at.is_(None), users.c.expires_at > db_now()))


def lacks_second_factor() -> ColumnElement[bool]:
    """The condition, on sessions, users and organisations, of having to set up a second factor before anything else."""
    return and_(organisations.c.needs_second_factor, users.c.second_factor_at.is_(None), not_(sessions.c.is_proven))


async def touch(database: Database, session_hash: str) -> None:
    """Note that the session is in use, which puts off its idle end."""
    await database.execute(update(sessions).where(sessions.c.id_hash == session_hash).values(last_seen_at=db_now()))


async def choose_company(database: Database, session_hash: str, company_id: str) -> None:
    """The session's pages are of this company from now on, unless their address names another."""
    await database.execute(update(sessions).where(sessions.c.id_hash == session_hash).values(company_id=company_id))


async def alive(database: Database, hashes: Collection[str]) -> dict[str, bool]:
    """Which of these sessions may see anything, and whether each sees only its user's own conversations."""
    if not hashes:
        return {}
    rows = await database.fetch_all(
        select(sessions.c.id_hash, users.c.own_only)
        .join_from(sessions, users, _of_the_same_user())
        .join(organisations, organisations.c.id == sessions.c.organisation_id)
        .where(sessions.c.id_hash.in_(sorted(hashes)), is_open(), not_(lacks_second_factor()))
    )
    return {row["id_hash"]: bool(row["own_only"]) for row in rows}


async def end(database: Database, session_hash: str) -> bool:
    """End one session; the answer is whether it had not ended before."""
    ended = await database.fetch_val(
        update(sessions)
        .where(sessions.c.id_hash == session_hash, sessions.c.ended_at.is_(None))
        .values(ended_at=db_now())
        .returning(sessions.c.id_hash)
    )
    return ended is not None


async def end_all(tenant: Tenant, user_id: str) -> list[str]:
    """End every session of this user; the answer is their hashes, whose sockets are to be dismissed."""
    rows = await tenant.fetch_all(
        update(sessions)
        .where(
            sessions.c.organisation_id == tenant.organisation_id,
            sessions.c.user_id == user_id,
            sessions.c.ended_at.is_(None),
        )
        .values(ended_at=db_now())
        .returning(sessions.c.id_hash)
    )
    return [row["id_hash"] for row in rows]


async def prune(database: Database) -> None:
    """Forget sessions that have been over for thirty days."""
    over = db_later(-_KEEP_ENDED_SECONDS)
    await database.execute(delete(sessions).where(or_(sessions.c.ended_at < over, sessions.c.expires_at < over)))


def _of_the_same_user() -> ColumnElement[bool]:
    return and_(users.c.organisation_id == sessions.c.organisation_id, users.c.id == sessions.c.user_id)
