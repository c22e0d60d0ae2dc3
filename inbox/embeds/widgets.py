"""Widgets that are open: a token is exchanged for a session of one user with one candidate, once, for a short time.

A page that goes on showing its widget brings a new token in time; one that does not has a widget that ends.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from inbox.accounts import companies, sessions, users
from inbox.accounts.organisations import Organisation
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.candidates import links, numbers, people
from inbox.candidates.people import Candidate
from inbox.embeds import keys
from inbox.embeds.tokens import Claims, TokenRefused, Why
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.messaging import company_conversations, merging
from inbox.storage import tables
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import embed_keys
from inbox.storage.tables import embed_sessions as table

PREFIX = "siw_"
MARK = "widget-"
"""Before the hash of a session where it stands among those of people who signed in."""
SECONDS = 900
"""How long a session is good for."""
_KEPT_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Opened:
    """A widget that was let in; `session` is stored nowhere else."""

    session: str
    user: User
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Widget:
    """A living session: who has which candidate open, and the hash it goes by."""

    user: User
    organisation: Organisation
    session_hash: str
    candidate_id: str
    company_id: str | None
    conversation_id: str | None


async def open_for(claims: Claims) -> Opened:
    """Let the user in whom a token names. Raises TokenRefused, also when the token was used before."""
    tenant = claims.signer.tenant
    user = await _user(tenant, claims.user)
    mine = await companies.of(tenant, user)
    seen = companies.sight(tenant, user, mine)
    candidate = await _candidate(seen, claims.candidate)
    company_id = await _company(seen, claims.company, [company.id for company in mine], candidate.id)
    session = PREFIX + secrets.token_urlsafe(32)
    async with tenant.transaction():
        is_new = await tenant.fetch_val(
            insert(table)
            .values(
                organisation_id=tenant.organisation_id,
                id_hash=sessions.hash_of(session),
                key_id=claims.signer.key_id,
                token_hash=sessions.hash_of(claims.token_id),
                user_id=user.id,
                candidate_id=candidate.id,
                company_id=company_id,
                conversation_id=await company_conversations.shown_for(seen, user, candidate, company_id),
                expires_at=db_later(SECONDS),
            )
            .on_conflict_do_nothing(index_elements=["organisation_id", "key_id", "token_hash"])
            .returning(table.c.id_hash)
        )
        if is_new is None:
            raise TokenRefused(Why.USED, _("The token was used before. Each is good once."))
        await keys.touch(claims.signer)
    return Opened(session, user, candidate)


async def find(database: Database, session: str) -> Widget | None:
    """Whose widget this session is; None when it is nobody's, over, or of a user or key that is."""
    if not session.startswith(PREFIX):
        return None
    row = await database.fetch_one(
        users.selected(
            table.c.id_hash,
            table.c.candidate_id,
            table.c.company_id,
            table.c.conversation_id,
            tables.organisations.c.name.label("organisation_name"),
            tables.organisations.c.time_zone.label("organisation_time_zone"),
            tables.organisations.c.is_demo,
        )
        .join(table, _of_user())
        .join(embed_keys, _of_key())
        .where(table.c.id_hash == sessions.hash_of(session), _is_open())
    )
    if row is None:
        return None
    organisation = Organisation(
        row.organisation_id, row.organisation_name, row.organisation_time_zone, bool(row.is_demo)
    )
    return Widget(users.read(row), organisation, row.id_hash, row.candidate_id, row.company_id, row.conversation_id)


async def show(tenant: Tenant, session_hash: str, conversation_id: str) -> None:
    """The widget of this session, named with its mark, shows this conversation from now on."""
    await tenant.execute(
        update(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id_hash == session_hash.removeprefix(MARK))
        .values(conversation_id=conversation_id)
    )


async def alive(database: Database, hashes: Collection[str]) -> dict[str, bool]:
    """Which of these sessions, with their mark, are still open, and whether each sees only its user's own ones."""
    wanted = [one.removeprefix(MARK) for one in hashes if one.startswith(MARK)]
    if not wanted:
        return {}
    rows = await database.fetch_all(
        select(table.c.id_hash, tables.users.c.own_only)
        .select_from(table)
        .join(tables.users, _of_user())
        .join(embed_keys, _of_key())
        .where(table.c.id_hash.in_(sorted(wanted)), _is_open())
    )
    return {MARK + row.id_hash: bool(row.own_only) for row in rows}


async def prune(database: Database) -> None:
    """Forget sessions of yesterday: the tokens that opened them have run out long since."""
    await database.execute(delete(table).where(table.c.expires_at < db_later(-_KEPT_SECONDS)))


def _is_open() -> ColumnElement[bool]:
    return and_(table.c.expires_at > db_now(), embed_keys.c.revoked_at.is_(None), sessions.may_sign_in())


def _of_user() -> ColumnElement[bool]:
    user = tables.users
    return and_(table.c.organisation_id == user.c.organisation_id, table.c.user_id == user.c.id)


def _of_key() -> ColumnElement[bool]:
    return and_(embed_keys.c.organisation_id == table.c.organisation_id, embed_keys.c.id == table.c.key_id)


async def _user(tenant: Tenant, named: str) -> User:
    """The active user of this e-mail or id who may read. Raises TokenRefused, with the same words for all others."""
    try:
        user = await users.by_email(tenant.database, named) if "@" in named else await users.find(tenant, _id(named))
    except NotFound:
        user = None
    if user is None or user.organisation_id != tenant.organisation_id or user.deactivated or not user.may(Act.READ):
        raise TokenRefused(Why.USER, _("Nobody who is signed up here has this e-mail or id."))
    return user


async def _candidate(tenant: Tenant, named: str) -> Candidate:
    """The candidate of this id, number (E.164) or page (https://…). Raises TokenRefused."""
    try:
        if named.startswith("+"):
            found = await numbers.holders(tenant, named)
        elif "://" in named:
            found = [holder] if (holder := await links.holder(tenant, links.as_stored(named))) else []
        else:
            found = [await merging.successor(tenant, _id(named)) or _id(named)]
        if len(found) > 1:
            raise TokenRefused(Why.CANDIDATE, _("Several candidates have this number. Name the one by their id."))
        if not found:
            raise NotFound
        return await people.find(tenant, found[0])
    except (NotFound, Invalid):
        raise TokenRefused(Why.CANDIDATE, _("This candidate is not in Shared Inbox yet.")) from None


async def _company(tenant: Tenant, named: str | None, mine: list[str], candidate_id: str) -> str | None:
    """Whose conversation is shown: the company that is named, else the one that wrote last, else the first."""
    if named is not None:
        if named not in mine:
            raise TokenRefused(Why.USER, _("The user does not work in the company that the token names."))
        return named
    latest = await company_conversations.latest(tenant, candidate_id)
    return latest if latest in mine else next(iter(mine), None)


def _id(text: str) -> str:
    """An id as it is stored. Raises NotFound."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound from None
