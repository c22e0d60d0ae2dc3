"""Mails: written down with their job in the transaction that causes them, by any part, and sent by a worker.

A row holds no secret: the link of an invitation is made when it is sent, see accounts/mailing.py.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from inbox.errors import NotFound
from inbox.languages.readers import ENGLISH, Reader
from inbox.languages.sentences import said
from inbox.storage import jobs
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import mails as table

SEND = "mail"
"""The kind of the jobs."""
NOTICE, INVITATION, RESET = "notice", "invitation", "reset"
QUEUED, SENT, FAILED = "queued", "sent", "failed"
KEPT_DAYS = 90
PAGE = 50


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person; `paragraphs` are plain text, `path` is the page of ours that it leads to, or empty."""

    id: str
    user_id: str
    email: str
    kind: str
    subject: str
    paragraphs: tuple[str, ...]
    path: str
    link_words: str
    state: str
    reason: str
    """Why it was not sent, or not yet."""
    at: datetime
    sent_at: datetime | None


async def post(
    tenant: Tenant,
    user_id: str,
    email: str,
    *,
    kind: str = NOTICE,
    reader: Reader = ENGLISH,
    subject: str,
    paragraphs: Sequence[str],
    path: str = "",
    link_words: str = "",
) -> str:
    """Promise a mail to a user of this organisation, in the words of `reader`; its id.

    In the transaction of what causes it, if there is one.
    """
    mail_id = new_id()
    async with tenant.transaction():
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                id=mail_id,
                user_id=user_id,
                email=email,
                kind=kind,
                subject=said(subject, reader),
                paragraphs=json.dumps([said(paragraph, reader) for paragraph in paragraphs]),
                path=path,
                link_words=said(link_words, reader),
            )
        )
        await jobs.enqueue(tenant, SEND, mail_id)
    return mail_id


async def find(tenant: Tenant, mail_id: str) -> Mail:
    """One mail; raises NotFound."""
    row = await tenant.fetch_one(
        select(table).where(table.c.organisation_id == tenant.organisation_id, table.c.id == mail_id)
    )
    if row is None:
        raise NotFound
    return _read(row)


async def page(tenant: Tenant, *, before: str | None = None) -> tuple[Sequence[Mail], str | None]:
    """The newest mails, or those before an id; the id to ask the next page with."""
    query = select(table).where(table.c.organisation_id == tenant.organisation_id).order_by(table.c.id.desc())
    if before:
        query = query.where(table.c.id < before)
    found = [_read(row) for row in await tenant.fetch_all(query.limit(PAGE + 1))]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


async def sent(tenant: Tenant, mail_id: str) -> None:
    """It was handed over."""
    await _change(tenant, mail_id, state=SENT, reason="", sent_at=db_now())


async def failed(tenant: Tenant, mail_id: str, reason: str, *, is_final: bool) -> None:
    """It was not taken, and never will be or will be tried again."""
    await _change(tenant, mail_id, state=FAILED if is_final else QUEUED, reason=reason)


async def prune(database: Database) -> None:
    """Forget mails of long ago."""
    await database.execute(delete(table).where(table.c.at < db_later(-86_400 * KEPT_DAYS)))


async def _change(tenant: Tenant, mail_id: str, **values: Any) -> None:
    await tenant.execute(
        update(table).where(table.c.organisation_id == tenant.organisation_id, table.c.id == mail_id).values(**values)
    )


def _read(row: Any) -> Mail:
    return Mail(
        id=row["id"],
        user_id=row["user_id"],
        email=row["email"],
        kind=row["kind"],
        subject=row["subject"],
        paragraphs=tuple(json.loads(row["paragraphs"])),
        path=row["path"],
        link_words=row["link_words"],
        state=row["state"],
        reason=row["reason"],
        at=row["at"],
        sent_at=row["sent_at"],
    )
