"""Message templates: texts that are written once and filled in for each candidate; one's own, or shared with all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from inbox.accounts.users import User
from inbox.automation import merge_fields, named_texts
from inbox.automation.merge_fields import Filled
from inbox.errors import Changed, Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import message_template_versions as versions
from inbox.storage.tables import message_templates as table
from inbox.storage.tables import users

PICKED = 20
"""How many the composer offers at once."""


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A text with merge fields. `owner_id` None: shared with everybody. `version` counts its changes."""

    id: str
    name: str
    body: str
    owner_id: str | None
    company_id: str | None
    """Of a shared one the company that it is for; None: every company."""
    version: int
    updated_at: datetime
    updated_by_id: str | None
    updated_by: str | None
    is_archived: bool

    @property
    def is_shared(self) -> bool:
        """Whether others see it."""
        return self.owner_id is None


async def create(
    tenant: Tenant, user: User, *, name: str, body: str, shared: bool, company_id: str | None = None
) -> MessageTemplate:
    """A new one; a shared one is for a company, or with None for all. Raises Invalid, also for a second of a name."""
    values = _checked(name, body)
    await _refuse_second(tenant, user, values["name"])
    template_id = new_id()
    await tenant.execute(
        table.insert().values(
            organisation_id=tenant.organisation_id,
            id=template_id,
            owner_id=None if shared else user.id,
            company_id=company_id if shared else None,
            updated_by_id=user.id,
            **values,
        )
    )
    return await find(tenant, user, template_id)


async def change(
    tenant: Tenant,
    user: User,
    template_id: str,
    *,
    name: str,
    body: str,
    shared: bool,
    version: int,
    company_id: str | None = None,
) -> MessageTemplate:
    """Other words for it; those before are kept. Raises Invalid, NotFound, and Changed if it is not `version` now."""
    values: dict[str, Any] = {**_checked(name, body)}
    values |= {"owner_id": None if shared else user.id, "company_id": company_id if shared else None}
    async with tenant.transaction():
        before = await find(tenant, user, template_id)
        await _refuse_second(tenant, user, values["name"], but=before.id)
        if await _update(tenant, user, before.id, table.c.version == version, **values):
            await _keep(tenant, before)
            return await find(tenant, user, template_id)
    now = await find(tenant, user, template_id)
    raise Changed(
        _("%(name)s changed this template meanwhile. Nothing was saved.", name=now.updated_by or _("Somebody")), seen=0
    )


async def archive(tenant: Tenant, user: User, template_id: str) -> MessageTemplate:
    """Take it out of use; raises NotFound."""
    before = await find(tenant, user, template_id)
    await _update(tenant, user, before.id, table.c.archived_at.is_(None), archived_at=db_now())
    return await find(tenant, user, template_id)


async def restore(tenant: Tenant, user: User, template_id: str) -> MessageTemplate:
    """Into use again; raises Invalid when there is one of this name by now, NotFound."""
    before = await find(tenant, user, template_id)
    await _refuse_second(tenant, user, before.name, but=before.id)
    await _update(tenant, user, before.id, table.c.archived_at.is_not(None), archived_at=None)
    return await find(tenant, user, template_id)


async def find(tenant: Tenant, user: User, template_id: str) -> MessageTemplate:
    """A shared one or the user's own, archived ones too; raises NotFound."""
    try:
        wanted = str(UUID(template_id))
    except ValueError:
        raise NotFound from None
    row = await tenant.fetch_one(_selected(tenant, user).where(table.c.id == wanted))
    if row is None:
        raise NotFound
    return _read(row)


async def all_of(
    tenant: Tenant, user: User, *, company_id: str | None = None, q: str = "", most: int | None = None
) -> Sequence[MessageTemplate]:
    """Shared ones, of a company those that are for it, and the user's own by name, whose name or words hold `q`."""
    query = _selected(tenant, user).where(table.c.archived_at.is_(None)).order_by(table.c.sort_name, table.c.id)
    if company_id is not None:
        query = query.where(or_(table.c.company_id.is_(None), table.c.company_id == company_id))
    if q.strip():
        words = q.strip().casefold()
        query = query.where(
            or_(table.c.sort_name.contains(words, autoescape=True), table.c.body.icontains(words, autoescape=True))
        )
    return [_read(row) for row in await tenant.fetch_all(query.limit(most))]


async def named(tenant: Tenant, user: User, template_id: object) -> str | None:
    """The id of the template that a form names; None when the user sees none of this id."""
    try:
        return (await find(tenant, user, str(template_id))).id if template_id else None
    except NotFound:
        return None


def filled(template: MessageTemplate, values: dict[str, str | None]) -> Filled:
    """Its text with these values."""
    return merge_fields.fill(template.body, values)


def _checked(name: str, body: str) -> dict[str, str]:
    values = named_texts.checked(name, body)
    return values | {"sort_name": values["name"].casefold()}


async def _refuse_second(tenant: Tenant, user: User, name: str, *, but: str | None = None) -> None:
    """Raise Invalid when the user sees another one of this name: the list could not tell them apart."""
    same = _selected(tenant, user).where(table.c.sort_name == name.casefold(), table.c.archived_at.is_(None))
    if any(row.id != but for row in await tenant.fetch_all(same)):
        raise Invalid({"name": _("There is a template “%(name)s” already. Choose another name.", name=name)})


async def _keep(tenant: Tenant, before: MessageTemplate) -> None:
    """Its words as they were, for who wants them back."""
    await tenant.execute(
        versions.insert().values(
            organisation_id=tenant.organisation_id,
            template_id=before.id,
            version=before.version,
            name=before.name,
            body=before.body,
            saved_by_id=before.updated_by_id,
            saved_at=before.updated_at,
        )
    )


async def _update(tenant: Tenant, user: User, template_id: str, when: ColumnElement[bool], **values: Any) -> str | None:
    """The id of the template when it was as `when` says."""
    changed: str | None = await tenant.fetch_val(
        table.update()
        .where(
            table.c.organisation_id == tenant.organisation_id, table.c.id == template_id, _seen_by(tenant, user), when
        )
        .values(updated_by_id=user.id, updated_at=db_now(), version=table.c.version + 1, **values)
        .returning(table.c.id)
    )
    return changed


def _selected(tenant: Tenant, user: User) -> Select[Any]:
    return (
        select(table, users.c.name.label("updated_by"))
        .outerjoin(users, and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.updated_by_id))
        .where(table.c.organisation_id == tenant.organisation_id, _seen_by(tenant, user))
    )


def _seen_by(tenant: Tenant, user: User) -> ColumnElement[bool]:
    is_shared: ColumnElement[bool] = table.c.owner_id.is_(None)
    if tenant.only_in is not None:
        is_theirs = or_(table.c.company_id.is_(None), table.c.company_id.in_(sorted(tenant.only_in)))
        is_shared = and_(is_shared, is_theirs)
    return or_(is_shared, table.c.owner_id == user.id)


def _read(row: Any) -> MessageTemplate:
    return MessageTemplate(
        id=row.id,
        name=row.name,
        body=row.body,
        owner_id=row.owner_id,
        company_id=row.company_id,
        version=row.version,
        updated_at=row.updated_at,
        updated_by_id=row.updated_by_id,
        updated_by=row.updated_by,
        is_archived=row.archived_at is not None,
    )
