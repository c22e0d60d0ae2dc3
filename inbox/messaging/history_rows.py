"""The rows of a file of texts of before: "new" or "wrong" until they are reached, then "stored" or "known".

Those that were stored are "removed", or "kept", when the import is undone.

A text of a file has no id of the provider's: its id here is made of what it says, of whom and when, so that the same
file again, or another one with the same text, brings nothing twice.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.candidates.import_files import Line
from inbox.languages import known, stored
from inbox.messaging.history import PastText
from inbox.messaging.history_files import Planned
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations, messages
from inbox.storage.tables import history_import_rows as table
from providers import segments
from providers.contract import DeliveryStatus

AT_ONCE = 200
# So far may the moment in a file be from the one that the provider told of the same text.
_NEAR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that was not reached yet; `at` UTC."""

    line: int
    number_id: str
    number: str
    at: datetime
    direction: str
    body: str
    name: str | None


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row that is a message now, with this id unless it was stored before ids were kept."""

    line: int
    message_id: str | None
    number_id: str
    number: str
    name_mark: str | None


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row that cannot be a text, and why."""

    line: Line
    sentence: str


async def keep(tenant: Tenant, import_id: str, plans: Sequence[Planned]) -> None:
    """Keep the rows of a file that was read. In the transaction that creates its import."""
    for begin in range(0, len(plans), AT_ONCE):
        some = plans[begin : begin + AT_ONCE]
        await tenant.execute(insert(table).values([_kept(tenant, import_id, plan) for plan in some]))


async def counts(tenant: Tenant, import_id: str) -> dict[str, int]:
    """How many rows stand at each outcome."""
    found = await tenant.fetch_all(
        select(table.c.outcome, func.count().label("number")).where(_of(tenant, import_id)).group_by(table.c.outcome)
    )
    return {row.outcome: row.number for row in found}


async def waiting(tenant: Tenant, import_id: str, *, most: int) -> list[WaitingRow]:
    """The newest texts that were not reached: of two words of a candidate the later one holds."""
    query = (
        select(table)
        .where(_of(tenant, import_id), table.c.outcome == "new")
        .order_by(table.c.at.desc(), table.c.line.desc())
        .limit(most)
    )
    return [_waiting(row) for row in await tenant.fetch_all(query)]


async def wrong(tenant: Tenant, import_id: str, *, most: int | None) -> list[WrongRow]:
    """The first rows that cannot be texts; with None all of them."""
    query = select(table).where(_of(tenant, import_id), table.c.outcome == "wrong").order_by(table.c.line)
    rows = await tenant.fetch_all(query.limit(most) if most else query)
    return [WrongRow(Line(row.line, tuple(json.loads(row.cells))), known(row.sentence)) for row in rows]


async def stored_rows(tenant: Tenant, import_id: str, *, most: int) -> list[StoredRow]:
    """The first of those that are messages now, of one number of ours."""
    query = select(table).where(_of(tenant, import_id), table.c.outcome == "stored").order_by(table.c.at, table.c.line)
    return [
        StoredRow(row.line, row.message_id, row.company_number_id, row.number, row.name_mark)
        for row in await tenant.fetch_all(query.limit(most))
    ]


async def settle_stored(tenant: Tenant, import_id: str, made: Mapping[int, PastText]) -> None:
    """The rows of these lines are messages now, and nothing of what they say is left in them."""
    for line, text in made.items():
        mark = name_mark(text.id, text.name) if text.name else None
        await tenant.execute(
            update(table)
            .where(_of(tenant, import_id), table.c.line == line)
            .values(outcome="stored", message_id=text.id, name_mark=mark, cells="[]")
        )


def name_mark(message_id: str, name: str) -> str:
    """By what it is told whether somebody is still called as the row of this message said."""
    return sha256(f"{message_id} {name}".encode()).hexdigest()[:16]


async def settle(tenant: Tenant, import_id: str, lines: Collection[int], outcome: str) -> None:
    """The rows of these lines were reached, or taken back: nothing of what they say is left in them."""
    await tenant.execute(
        update(table).where(_of(tenant, import_id), table.c.line.in_(lines)).values(outcome=outcome, cells="[]")
    )


def past_text(tenant: Tenant, number: CompanyNumber, row: WaitingRow) -> PastText:
    """A row as the text that is kept."""
    moment = row.at.isoformat()
    told = json.dumps([tenant.organisation_id, number.number, row.number, row.direction, moment, row.body])
    is_out = row.direction == "out"
    return PastText(
        id=str(uuid5(NAMESPACE_URL, told)),
        direction="out" if is_out else "in",
        candidate_number=row.number,
        body=row.body,
        at=row.at,
        status=DeliveryStatus.SENT if is_out else DeliveryStatus.RECEIVED,
        segments=segments.measure(row.body).segments,
        sent_at=row.at if is_out else None,
        name=row.name,
    )


async def told_already(tenant: Tenant, number: CompanyNumber, texts: Mapping[int, PastText]) -> set[int]:
    """The lines of texts that the provider has told of: the same words, the same way, at about the same moment."""
    moments = [text.at for text in texts.values()]
    rows = await tenant.fetch_all(
        select(conversations.c.candidate_number, messages.c.direction, messages.c.body, messages.c.at)
        .join(
            messages,
            and_(
                messages.c.organisation_id == conversations.c.organisation_id,
                messages.c.conversation_id == conversations.c.id,
            ),
        )
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.company_number_id == number.id,
            conversations.c.candidate_number.in_(sorted({text.candidate_number for text in texts.values()})),
            messages.c.at.between(min(moments) - _NEAR, max(moments) + _NEAR),
            messages.c.provider_message_id.is_not(None),
        )
    )
    told: dict[tuple[str, str, str], list[datetime]] = {}
    for row in rows:
        told.setdefault((row.candidate_number, row.direction, row.body.strip()), []).append(row.at)
    return {
        line
        for line, text in texts.items()
        for at in told.get((text.candidate_number, text.direction, text.body.strip()), ())
        if abs(at - text.at) <= _NEAR
    }


def _of(tenant: Tenant, import_id: str) -> ColumnElement[bool]:
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.import_id == import_id)


def _kept(tenant: Tenant, import_id: str, plan: Planned) -> dict[str, Any]:
    text = plan.text
    cells = plan.line.cells if text is None else (text.direction, text.body, text.name or "")
    return {
        "organisation_id": tenant.organisation_id,
        "import_id": import_id,
        "line": plan.line.number,
        "cells": json.dumps(cells, ensure_ascii=False),
        "sentence": stored(plan.sentence) if plan.sentence else None,
        "outcome": "wrong" if text is None else "new",
        "company_number_id": text.number_id if text else None,
        "number": text.number if text else None,
        "at": text.at if text else None,
    }


def _waiting(row: Any) -> WaitingRow:
    direction, body, name = json.loads(row.cells)
    return WaitingRow(row.line, row.company_number_id, row.number, row.at, direction, body, name or None)
