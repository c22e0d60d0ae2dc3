"""Files that prove something to the provider: told by their bytes, sealed by the vault, only ever saved again."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.provisioning.checklists import CHECKLISTS
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import provisioning_documents as table
from inbox.storage.vault import Vault

MOST_BYTES = 5 * 1024 * 1024
MOST_OF_AN_ITEM = 10
_MOST_NAME = 80
_KINDS = {b"%PDF-": ("application/pdf", "pdf"), b"\xff\xd8\xff": ("image/jpeg", "jpg")}
_KINDS |= {b"\x89PNG\r\n\x1a\n": ("image/png", "png")}
_UNFIT = re.compile(r"[^\w .()-]+")


@dataclass(frozen=True, slots=True)
class Document:
    """What was brought for an item; `at` is UTC, `size` in bytes."""

    id: str
    country: str
    item: str
    name: str
    content_type: str
    size: int
    added_by: str
    at: datetime


async def add(tenant: Tenant, vault: Vault, author: str, country: str, item: str, *, name: str, content: bytes) -> None:
    """Keep a file for an item that takes one. Raises Invalid, NotFound."""
    found = CHECKLISTS[country].item(item) if country in CHECKLISTS else None
    if found is None or not found.document:
        raise NotFound
    content_type, ending = _recognized(content)
    if await _number(tenant, country, item) >= MOST_OF_AN_ITEM:
        raise Invalid({"document": _("There are %(most)s files already. Remove one first.", most=MOST_OF_AN_ITEM)})
    document_id = new_id()
    await tenant.execute(
        insert(table).values(
            organisation_id=tenant.organisation_id,
            id=document_id,
            country=country,
            item=item,
            name=_safe(name, ending),
            content_type=content_type,
            size=len(content),
            content=vault.seal(base64.b85encode(content).decode(), bound_to=_place(document_id)),
            added_by=author,
        )
    )


async def of_item(tenant: Tenant, country: str, item: str) -> Sequence[Document]:
    """Those of an item, oldest first."""
    query = select(*_TOLD).where(*_of(tenant, country, item)).order_by(table.c.at, table.c.id)
    return [_document(row) for row in await tenant.fetch_all(query)]


async def find(tenant: Tenant, document_id: str) -> Document:
    """The one of this id; raises NotFound."""
    row = await tenant.fetch_one(select(*_TOLD).where(*_is(tenant, document_id)))
    if row is None:
        raise NotFound
    return _document(row)


async def content(tenant: Tenant, vault: Vault, document_id: str) -> bytes:
    """Its bytes as they were brought; raises NotFound."""
    sealed = await tenant.fetch_val(select(table.c.content).where(*_is(tenant, document_id)))
    if sealed is None:
        raise NotFound
    return base64.b85decode(vault.open(sealed, bound_to=_place(document_id)))


async def remove(tenant: Tenant, document_id: str) -> None:
    """It is gone for good; a second time does nothing."""
    await tenant.execute(delete(table).where(*_is(tenant, document_id)))


def _recognized(content: bytes) -> tuple[str, str]:
    """The type that the bytes tell, and the ending of its name. Raises Invalid."""
    if not content:
        raise Invalid({"document": _("Choose a file first.")})
    if len(content) > MOST_BYTES:
        raise Invalid({"document": _("This file is larger than 5 MB. Bring a smaller one, such as a PDF.")})
    for beginning, kind in _KINDS.items():
        if content.startswith(beginning):
            return kind
    raise Invalid({"document": _("This is no PDF, JPEG or PNG. Save the document as one of these.")})


def _safe(name: str, ending: str) -> str:
    """The name without a path and signs that mean something elsewhere, ending as its bytes say."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    words = " ".join(_UNFIT.sub(" ", stem).split()).strip(". ")
    return f"{words[:_MOST_NAME] or 'document'}.{ending}"


async def _number(tenant: Tenant, country: str, item: str) -> int:
    number: int = await tenant.fetch_val(select(func.count()).select_from(table).where(*_of(tenant, country, item)))
    return number


_TOLD = [column for column in table.c if column.name not in ("organisation_id", "content")]


def _of(tenant: Tenant, country: str, item: str) -> tuple[Any, ...]:
    return table.c.organisation_id == tenant.organisation_id, table.c.country == country, table.c.item == item


def _is(tenant: Tenant, document_id: str) -> tuple[Any, ...]:
    return table.c.organisation_id == tenant.organisation_id, table.c.id == document_id


def _place(document_id: str) -> str:
    return f"provisioning_documents.content:{document_id}"


def _document(row: Any) -> Document:
    return Document(row.id, row.country, row.item, row.name, row.content_type, row.size, row.added_by, row.at)
