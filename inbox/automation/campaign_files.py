"""Files that name the people of a campaign: each row is somebody who is here already, or says why it is nobody.

Nobody is created by it. Of rows that are somebody's only that is kept; the others stay as they were typed for a month.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from inbox.candidates import import_files, imported_rows
from inbox.candidates.import_files import ImportFile, Line
from inbox.candidates.profiles import Profile
from inbox.errors import Invalid, NotFound
from inbox.languages import _, known, stored
from inbox.storage.columns import db_later, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import campaign_file_rows as rows
from inbox.storage.tables import campaign_files as table
from providers import phone

AT_ONCE = 200
KEPT_DAYS = 30
_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class CampaignFile:
    """A file that was chosen: how many rows are somebody's, and how many are nobody's."""

    id: str
    name: str
    headings: tuple[str, ...]
    matched: int
    unmatched: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A row that leads to nobody, and why."""

    line: Line
    sentence: str


async def create(tenant: Tenant, user_id: str, name: str, file: ImportFile, *, region: str) -> str:
    """Keep a file with whom its rows are of; its id. Numbers without a country code are of `region`.

    Raises Invalid, with a sentence for `file`, when no column holds numbers or e-mails.
    """
    columns = import_files.guessed(file.headings)
    if not {"number", "email"} & {*columns}:
        raise Invalid({"file": _("No column is called Mobile number or Email. Name one of them so in the first line.")})
    file_id, seen = new_id(), dict[str, int]()
    async with tenant.transaction():
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                id=file_id,
                user_id=user_id,
                name=name,
                headings=json.dumps(file.headings, ensure_ascii=False),
            )
        )
        for begin in range(0, len(file.lines), AT_ONCE):
            await _keep(tenant, file_id, file.lines[begin : begin + AT_ONCE], columns, region, seen)
    return file_id


async def find(tenant: Tenant, file_id: str) -> CampaignFile:
    """The file; raises NotFound."""
    is_file = and_(table.c.organisation_id == tenant.organisation_id, table.c.id == file_id)
    row = await tenant.fetch_one(select(table).where(is_file))
    if row is None:
        raise NotFound
    counted = await tenant.fetch_one(
        select(func.count().label("all"), func.count(rows.c.candidate_id).label("matched")).where(_of(tenant, file_id))
    )
    matched, all_rows = (counted.matched, counted.all) if counted else (0, 0)
    return CampaignFile(row.id, row.name, tuple(json.loads(row.headings)), matched, all_rows - matched)


async def people(tenant: Tenant, file_id: str, most: int, *, after: int) -> list[tuple[int, str]]:
    """The first lines behind the line `after` that are somebody's, with whose they are."""
    found = await tenant.fetch_all(
        select(rows.c.line, rows.c.candidate_id)
        .where(_of(tenant, file_id), rows.c.candidate_id.is_not(None), rows.c.line > after)
        .order_by(rows.c.line)
        .limit(most)
    )
    return [(row.line, row.candidate_id) for row in found]


async def unmatched(tenant: Tenant, file_id: str, *, most: int | None = None) -> list[Unmatched]:
    """The first rows that are nobody's, in the order of the file; without `most` all of them."""
    found = await tenant.fetch_all(
        select(rows).where(_of(tenant, file_id), rows.c.candidate_id.is_(None)).order_by(rows.c.line).limit(most)
    )
    return [Unmatched(Line(row.line, tuple(json.loads(row.cells))), known(row.sentence or "")) for row in found]


async def prune(database: Database) -> None:
    """Throw away what was typed of people whom nobody here knows."""
    old = select(table.c.organisation_id, table.c.id).where(table.c.created_at < db_later(-KEPT_DAYS * _DAY_SECONDS))
    await database.execute(
        delete(rows).where(tuple_(rows.c.organisation_id, rows.c.file_id).in_(old), rows.c.candidate_id.is_(None))
    )


async def _keep(
    tenant: Tenant,
    file_id: str,
    lines: Sequence[Line],
    columns: Sequence[str],
    region: str,
    seen: dict[str, int],
) -> None:
    """Keep some rows; `seen` are the candidates of the rows before them, with their lines."""
    typed = [_typed(line, columns, region) for line in lines]
    held = await imported_rows.holders(tenant, [_profile(number=one["number"]) for one in typed if one["number"]])
    held |= await imported_rows.holders(tenant, [_profile(email=one["email"]) for one in typed if one["email"]])
    kept = []
    for line, one in zip(lines, typed, strict=True):
        candidate_id = held.get(one["number"] or "") or held.get((one["email"] or "").casefold())
        sentence = one["wrong"] if candidate_id is None else None
        if candidate_id in seen:
            sentence = _("The same person as in line %(number)s.", number=seen[candidate_id])
            candidate_id = None
        elif candidate_id is not None:
            seen[candidate_id] = line.number
        cells = None if candidate_id else json.dumps(line.cells, ensure_ascii=False)
        values = {
            "line": line.number,
            "candidate_id": candidate_id,
            "cells": cells,
            "sentence": stored(sentence) if sentence else None,
        }
        kept.append({"organisation_id": tenant.organisation_id, "file_id": file_id, **values})
    await tenant.execute(insert(rows).values(kept))


def _typed(line: Line, columns: Sequence[str], region: str) -> Mapping[str, str | None]:
    """The number (E.164) and the e-mail of a row, and what to say when they are nobody's."""
    cells = {field: cell.strip() for field, cell in zip(columns, line.cells, strict=False) if field}
    number, email = cells.get("number") or None, cells.get("email") or None
    wrong: str = _("Nobody here has this number.") if number else _("Nobody here has this email.")
    if number and email:
        wrong = _("Nobody here has this number or this email.")
    if number is not None:
        try:
            number = phone.to_e164(number, region)
        except phone.NotAPhoneNumber as error:
            number, wrong = None, str(error)
    elif email is None:
        wrong = _("There is no mobile number and no email in this row.")
    return {"number": number, "email": email, "wrong": wrong}


def _profile(**facts: Any) -> Profile:
    return Profile(**dict.fromkeys(Profile.__slots__) | facts)


def _of(tenant: Tenant, file_id: str) -> ColumnElement[bool]:
    return and_(rows.c.organisation_id == tenant.organisation_id, rows.c.file_id == file_id)
