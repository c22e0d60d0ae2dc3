"""The words that a message template had before, each with who saved them and when; any of them can be had back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from inbox.accounts.users import User
from inbox.automation import message_templates
from inbox.automation.message_templates import MessageTemplate
from inbox.errors import NotFound
from inbox.storage.database import Tenant
from inbox.storage.tables import message_template_versions as table
from inbox.storage.tables import users

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Version:
    """What a template said until somebody changed it."""

    version: int
    name: str
    body: str
    saved_by: str | None
    saved_at: datetime


async def of(tenant: Tenant, template: MessageTemplate) -> Sequence[Version]:
    """The latest of them, newest first."""
    rows = await tenant.fetch_all(
        select(table, users.c.name.label("saved_by"))
        .outerjoin(users, and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.saved_by_id))
        .where(table.c.organisation_id == tenant.organisation_id, table.c.template_id == template.id)
        .order_by(table.c.version.desc())
        .limit(SHOWN)
    )
    return [Version(row.version, row.name, row.body, row.saved_by, row.saved_at) for row in rows]


async def take_back(tenant: Tenant, user: User, template: MessageTemplate, version: int) -> MessageTemplate:
    """Give it the words of an earlier version; those of now become an earlier one. Raises what `change` does."""
    row = await tenant.fetch_one(
        select(table).where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.template_id == template.id,
            table.c.version == version,
        )
    )
    if row is None:
        raise NotFound
    return await message_templates.change(
        tenant,
        user,
        template.id,
        name=row.name,
        body=row.body,
        shared=template.is_shared,
        company_id=template.company_id,
        version=template.version,
    )
