"""Mentions: colleagues who are called by name in a note, as "@Ana Ruiz"."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.storage.database import Tenant
from inbox.storage.tables import note_mentions as table

MARK = "@"


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who is called, by the name that the note's words hold."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a note's words, and whom it calls: nobody, or everybody of this name who is meant."""

    text: str
    user_ids: tuple[str, ...] = ()


async def read(
    tenant: Tenant,
    body: str,
    picked: Collection[str] = (),
    *,
    assignee_id: str | None = None,
    company_id: str | None = None,
) -> Sequence[Mention]:
    """Whom these words call, of all who may read the note. Of several with one name those who were `picked`, or all.

    `assignee_id` has the conversation that the note is about, which is one of the company `company_id`.
    """
    return _called(body, await readers(tenant, assignee_id, in_company=company_id), picked) if MARK in body else ()


async def readers(tenant: Tenant, assignee_id: str | None, *, in_company: str | None = None) -> list[User]:
    """Everybody who may read the notes of a conversation, of a company, that this user has, by name."""
    everybody = await users.who_may(tenant, Act.READ, in_company=in_company)
    return [user for user in everybody if not user.own_only or user.id == assignee_id]


async def add(tenant: Tenant, note_id: str, called: Sequence[Mention]) -> None:
    """Keep whom a note calls; in the transaction that adds it."""
    for mention in called:
        values = {"organisation_id": tenant.organisation_id, "note_id": note_id}
        await tenant.execute(
            insert(table).values(values | {"user_id": mention.user_id, "name": mention.name}).on_conflict_do_nothing()
        )


async def by_notes(tenant: Tenant, note_ids: Collection[str]) -> Mapping[str, tuple[Mention, ...]]:
    """Whom these notes call, by note; those that call nobody are left out."""
    if not note_ids:
        return {}
    rows = await tenant.fetch_all(
        select(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.note_id.in_(sorted(note_ids)))
        .order_by(table.c.note_id, table.c.user_id)
    )
    return {
        str(note_id): tuple(Mention(row.user_id, row.name) for row in found)
        for note_id, found in groupby(rows, lambda row: row.note_id)
    }


def cut(body: str, called: Sequence[Mention]) -> Sequence[Piece]:
    """The words of a note in pieces: each call by itself, and what stands between them."""
    return list(_pieces(body, called)) if called else [Piece(body)]


def _called(body: str, people: Sequence[User], picked: Collection[str]) -> list[Mention]:
    by_name: dict[str, list[User]] = {}
    for person in people:
        by_name.setdefault(_plain(person.name), []).append(person)
    found = {_plain(call[1]): None for call in _calls([person.name for person in people]).finditer(body)}
    return [Mention(person.id, person.name) for name in found for person in _meant(by_name.get(name, []), picked)]


def _meant(namesakes: list[User], picked: Collection[str]) -> list[User]:
    return [person for person in namesakes if person.id in picked] or namesakes


def _pieces(body: str, called: Sequence[Mention]) -> Iterator[Piece]:
    at = 0
    for call in _calls([mention.name for mention in called]).finditer(body):
        if call.start() > at:
            yield Piece(body[at : call.start()])
        user_ids = tuple(mention.user_id for mention in called if _plain(mention.name) == _plain(call[1]))
        yield Piece(call[0], user_ids)
        at = call.end()
    if at < len(body):
        yield Piece(body[at:])


def _calls(names: Collection[str]) -> re.Pattern[str]:
    """Finds "@" and one of the names, whole and the longest that fits; what stands before tells it from an e-mail."""
    longest_first = sorted(names, key=len, reverse=True)
    either = "|".join(r"[^\S\n]+".join(map(re.escape, name.split())) for name in longest_first)
    return re.compile(rf"(?<![\w{MARK}]){MARK}({either})(?!\w)", re.IGNORECASE)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
