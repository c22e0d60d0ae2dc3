"""Who a program acts for, by the token that it bears."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, update

from inbox.accounts import api_tokens, companions, scopes, sessions, users
from inbox.accounts.organisations import Organisation
from inbox.accounts.scopes import Scope
from inbox.accounts.users import User
from inbox.errors import Unavailable
from inbox.languages.readers import ENGLISH, Reader
from inbox.storage import tables
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Database

_TOUCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Bearer:
    """In whose name a token acts, and what it is good for: never more than the person's own role."""

    user: User
    organisation: Organisation
    token_id: str
    scopes: frozenset[Scope]
    is_companion: bool

    @property
    def reader(self) -> Reader:
        """How the words of answers are read: by the person in a Companion, in English by every other program."""
        return self.user.reader if self.is_companion else ENGLISH


async def find(database: Database, token: str) -> Bearer | None:
    """Whom this token acts for; None when it is nobody's, over, revoked, or of a deactivated user."""
    is_companion = token.startswith(companions.PREFIX)
    table: Any = tables.companions if is_companion else tables.api_tokens
    given = sessions.hash_of(token)
    row = await database.fetch_one(
        users.selected(
            table.c.id.label("token_id"),
            (tables.companions.c.is_used if is_companion else tables.api_tokens.c.scopes).label("fact"),
            or_(table.c.last_used_at.is_(None), table.c.last_used_at < db_later(-_TOUCH_SECONDS)).label("is_stale"),
            tables.organisations.c.name.label("organisation_name"),
            tables.organisations.c.time_zone.label("organisation_time_zone"),
            tables.organisations.c.is_demo,
        )
        .join(
            table,
            and_(table.c.organisation_id == tables.users.c.organisation_id, table.c.user_id == tables.users.c.id),
        )
        .where(sessions.may_sign_in(), _opens(given, is_companion))
    )
    if row is None:
        return None
    if row.is_stale or (is_companion and not row.fact):
        await _touch(database, table, row, is_companion)
    user, chosen = users.read(row), scopes.COMPANION if is_companion else scopes.read(row.fact)
    organisation = Organisation(
        row.organisation_id, row.organisation_name, row.organisation_time_zone, bool(row.is_demo)
    )
    return Bearer(user, organisation, row.token_id, frozenset(scopes.open_to(user, chosen)), is_companion)


def _opens(given: str, is_companion: bool) -> ColumnElement[bool]:
    if not is_companion:
        return and_(tables.api_tokens.c.hash == given, api_tokens.is_good())
    table = tables.companions
    return and_(table.c.access_hash == given, table.c.access_expires_at > db_now(), table.c.revoked_at.is_(None))


async def _touch(database: Database, table: Any, row: Any, is_companion: bool) -> None:
    """Note that it is in use; at most once a minute, and when the newest tokens are used for the first time."""
    values: dict[str, Any] = {"last_used_at": db_now()} | ({"is_used": True} if is_companion else {})
    # On a full disk, or a database that is read-only for a while, there is still a lot to read.
    with suppress(Unavailable):
        await database.execute(
            update(table)
            .where(table.c.organisation_id == row.organisation_id, table.c.id == row.token_id)
            .values(**values)
        )
