"""Saved views: filters of the inbox under a name; one's own, or shared with everybody by an admin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.errors import Invalid, NotAllowed, NotFound, too_long
from inbox.languages import _
from inbox.messaging.views import View
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import saved_views as table

MOST_NAME = 60
MOST_LISTED = 100
SHARING = Act.SETTINGS
"""What a role has to include for sharing a view, and for changing a shared one."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """Filters under a name. `query` is a view's query string with its "?"; `owner_id` None: shared with everybody."""

    id: str
    name: str
    query: str
    owner_id: str | None
    is_archived: bool

    @property
    def is_shared(self) -> bool:
        """Whether everybody sees it."""
        return self.owner_id is None

    def may_be_changed_by(self, user: User) -> bool:
        """Whether this user may rename or remove it."""
        return self.owner_id == user.id or (self.is_shared and user.may(SHARING))


async def create(tenant: Tenant, user: User, view: View, *, name: str, shared: bool) -> SavedView:
    """Keep the filters of `view`; raises Invalid, also when there is one of this name, and NotAllowed."""
    values = await _checked(tenant, user, name, shared=shared)
    view_id = new_id()
    await tenant.execute(
        table.insert().values(
            organisation_id=tenant.organisation_id, id=view_id, query=view.query(company=None), **values
        )
    )
    return await find(tenant, user, view_id)


async def rename(tenant: Tenant, user: User, view_id: str, *, name: str, shared: bool) -> SavedView:
    """Another name, or for others; raises Invalid, NotAllowed, NotFound."""
    before = await _changeable(tenant, user, view_id)
    await _update(tenant, before, **await _checked(tenant, user, name, shared=shared, but=before.id))
    return await find(tenant, user, view_id)


async def archive(tenant: Tenant, user: User, view_id: str) -> SavedView:
    """Take it out of the menus; raises NotAllowed, NotFound."""
    before = await _changeable(tenant, user, view_id)
    await _update(tenant, before, archived_at=db_now())
    return await find(tenant, user, view_id)


async def restore(tenant: Tenant, user: User, view_id: str) -> SavedView:
    """Back into the menus; raises Invalid when there is one of this name by now, NotAllowed, NotFound."""
    before = await _changeable(tenant, user, view_id)
    await _refuse_second(tenant, user, before.name, but=before.id)
    await _update(tenant, before, archived_at=None)
    return await find(tenant, user, view_id)


async def find(tenant: Tenant, user: User, view_id: str) -> SavedView:
    """A shared one or the user's own, removed ones too; raises NotFound."""
    try:
        wanted = str(UUID(view_id))
    except ValueError:
        raise NotFound from None
    row = await tenant.fetch_one(_selected(tenant, user).where(table.c.id == wanted))
    if row is None:
        raise NotFound
    return _read(row)


async def all_of(tenant: Tenant, user: User) -> Sequence[SavedView]:
    """The user's own and the shared ones, by name."""
    query = _selected(tenant, user).where(table.c.archived_at.is_(None)).order_by(table.c.sort_name, table.c.id)
    return [_read(row) for row in await tenant.fetch_all(query.limit(MOST_LISTED))]


async def _changeable(tenant: Tenant, user: User, view_id: str) -> SavedView:
    found = await find(tenant, user, view_id)
    if not found.may_be_changed_by(user):
        raise NotAllowed
    return found


async def _checked(
    tenant: Tenant, user: User, name: str, *, shared: bool, but: str | None = None
) -> dict[str, str | None]:
    if shared and not user.may(SHARING):
        raise NotAllowed
    name = " ".join(name.split())
    if not name:
        raise Invalid({"name": _("Enter a name.")})
    if len(name) > MOST_NAME:
        raise Invalid({"name": too_long(len(name), MOST_NAME)})
    await _refuse_second(tenant, user, name, but=but)
    return {"name": name, "sort_name": name.casefold(), "owner_id": None if shared else user.id}


async def _refuse_second(tenant: Tenant, user: User, name: str, *, but: str | None) -> None:
    """Raise Invalid when the user sees another one of this name: the menu could not tell them apart."""
    same = _selected(tenant, user).where(table.c.sort_name == name.casefold(), table.c.archived_at.is_(None))
    if any(row.id != but for row in await tenant.fetch_all(same)):
        raise Invalid({"name": _("There is a view “%(name)s” already. Choose another name.", name=name)})


async def _update(tenant: Tenant, saved: SavedView, **values: Any) -> None:
    await tenant.execute(
        table.update().where(table.c.organisation_id == tenant.organisation_id, table.c.id == saved.id).values(**values)
    )


def _selected(tenant: Tenant, user: User) -> Select[Any]:
    return select(table).where(table.c.organisation_id == tenant.organisation_id, _seen_by(user))


def _seen_by(user: User) -> ColumnElement[bool]:
    return or_(table.c.owner_id.is_(None), table.c.owner_id == user.id)


def _read(row: Any) -> SavedView:
    return SavedView(row.id, row.name, row.query, row.owner_id, is_archived=row.archived_at is not None)
