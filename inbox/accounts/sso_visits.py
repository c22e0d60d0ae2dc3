"""Browsers that were sent to an identity provider and are awaited: each once, for ten minutes.

What a sign-in under way needs is made of the cookie of its browser and of its state, so nothing but hashes is stored.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from sqlalchemy import delete, insert

from inbox.accounts import sessions
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import sso_visits as table

LIVES_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Visit:
    """A sign-in under way: the values that tie it to one browser."""

    state: str
    nonce: str
    verifier: str
    """Of PKCE (RFC 7636)."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A browser that came back: to which organisation, from which provider, and where it leads."""

    organisation_id: int
    issuer: str
    onward: str
    visit: Visit


def new_cookie() -> str:
    """A fresh value for the browser's cookie."""
    return secrets.token_urlsafe(32)


async def begin(tenant: Tenant, secret_key: str, cookie: str, *, issuer: str, onward: str) -> Visit:
    """Await the browser with this cookie."""
    visit = _visit(secret_key, cookie, secrets.token_urlsafe(32))
    await tenant.execute(
        insert(table).values(
            organisation_id=tenant.organisation_id,
            state_hash=sessions.hash_of(visit.state),
            browser_hash=sessions.hash_of(cookie),
            issuer=issuer,
            onward=onward,
            expires_at=db_later(LIVES_SECONDS),
        )
    )
    return visit


async def take(database: Database, secret_key: str, cookie: str, state: str) -> Returned | None:
    """The sign-in of this browser and state, which is over by that; None when there is none, or none any more."""
    row = await database.fetch_one(
        delete(table)
        .where(
            table.c.state_hash == sessions.hash_of(state),
            table.c.browser_hash == sessions.hash_of(cookie),
            table.c.expires_at > db_now(),
        )
        .returning(table.c.organisation_id, table.c.issuer, table.c.onward)
    )
    if row is None:
        return None
    return Returned(row["organisation_id"], row["issuer"], row["onward"], _visit(secret_key, cookie, state))


async def prune(database: Database) -> None:
    """Forget those that nobody came back to."""
    await database.execute(delete(table).where(table.c.expires_at < db_now()))


def _visit(secret_key: str, cookie: str, state: str) -> Visit:
    nonce, verifier = (_derived(secret_key, f"sso {what} {cookie} {state}") for what in ("nonce", "verifier"))
    return Visit(state, nonce, verifier)


def _derived(secret_key: str, subject: str) -> str:
    digest = hmac.digest(secret_key.encode(), subject.encode("utf-8", "surrogatepass"), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")
