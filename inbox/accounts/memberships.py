"""In which companies a user works, of those who do not work in every one."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, update

from inbox.accounts.roles import Role
from inbox.storage.database import Tenant
from inbox.storage.tables import company_members, users


def works_in(company_id: str) -> ColumnElement[bool]:
    """The condition, on users, of working in a company."""
    is_member = exists().where(
        company_members.c.organisation_id == users.c.organisation_id,
        company_members.c.user_id == users.c.id,
        company_members.c.company_id == company_id,
    )
    return or_(users.c.every_company, users.c.role == Role.ORGANISATION_ADMIN.value, is_member)


async def all_of(tenant: Tenant) -> Mapping[str, frozenset[str]]:
    """In which companies each user works who does not in every one, by user."""
    rows = await tenant.fetch_all(
        select(company_members.c.user_id, company_members.c.company_id).where(
            company_members.c.organisation_id == tenant.organisation_id
        )
    )
    users_of = {row["user_id"] for row in rows}
    return {one: frozenset(row["company_id"] for row in rows if row["user_id"] == one) for one in users_of}


async def set_of(tenant: Tenant, user_id: str, company_ids: Collection[str] | None) -> None:
    """From now on the user works in these companies alone, or with None in every one. In a transaction."""
    await tenant.execute(
        delete(company_members).where(
            company_members.c.organisation_id == tenant.organisation_id, company_members.c.user_id == user_id
        )
    )
    for company_id in sorted(company_ids or ()):
        await tenant.execute(
            insert(company_members).values(
                organisation_id=tenant.organisation_id, user_id=user_id, company_id=company_id
            )
        )
    await tenant.execute(
        update(users)
        .where(users.c.organisation_id == tenant.organisation_id, users.c.id == user_id)
        .values(every_company=company_ids is None)
    )
