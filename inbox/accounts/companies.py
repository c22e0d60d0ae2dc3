"""Companies: the employers of an organisation, each texting from numbers of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, select, update

from inbox.accounts.users import User
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import companies, company_members

MOST_NAME = 80


@dataclass(frozen=True, slots=True)
class Company:
    """An employer. `claims_on_reply`: whoever answers a conversation of nobody's takes it over."""

    id: str
    name: str
    claims_on_reply: bool
    working_hours: str
    """As `working_hours.read` reads them."""
    escalates_to: str | None
    """What follows a wait of `escalates_after` working hours: who is told ("owner", "managers") or "shared"."""
    escalates_after: int | None
    escalates_from: datetime | None
    """Of waits that began after this moment (UTC)."""
    needs_consent: bool
    """Whether nobody is texted who has neither written nor agreed."""
    texting_hours: str | None
    """As `quiet_hours` reads them; None: texts go out at any time."""
    daily_cap: int | None
    """Texts to one candidate in 24 hours, of everybody together; None: any number."""


async def create(tenant: Tenant, name: str) -> Company:
    """A new company of this organisation."""
    row = await tenant.fetch_one(
        insert(companies).values(organisation_id=tenant.organisation_id, id=new_id(), name=name).returning(companies)
    )
    return _read(row)


async def find(tenant: Tenant, company_id: str) -> Company:
    """One company of this organisation; raises NotFound."""
    row = await tenant.fetch_one(
        select(companies).where(companies.c.organisation_id == tenant.organisation_id, companies.c.id == company_id)
    )
    if row is None:
        raise NotFound
    return _read(row)


async def of(tenant: Tenant, user: User) -> list[Company]:
    """The companies in which this user works, the first one first."""
    query = select(companies).where(companies.c.organisation_id == tenant.organisation_id)
    if not user.sees_every_company:
        query = query.join(
            company_members,
            and_(
                company_members.c.organisation_id == companies.c.organisation_id,
                company_members.c.company_id == companies.c.id,
                company_members.c.user_id == user.id,
            ),
        )
    rows = await tenant.fetch_all(query.order_by(companies.c.created_at, companies.c.id))
    return [_read(row) for row in rows]


def sight(tenant: Tenant, user: User, mine: Sequence[Company]) -> Tenant:
    """The organisation as this user may see it, who works in these companies."""
    only_in = None if user.sees_every_company else frozenset(company.id for company in mine)
    return replace(user.sight(tenant), only_in=only_in)


def checked_name(text: str) -> str:
    """A name without superfluous blanks; raises Invalid."""
    name = " ".join(text.replace("\x00", "").split())
    if not 0 < len(name) <= MOST_NAME:
        raise Invalid({"name": _("Enter a name of at most %(most)s characters.", most=MOST_NAME)})
    return name


async def change(tenant: Tenant, company_id: str, **values: Any) -> None:
    """Other rules for a company: set columns of its row."""
    await tenant.execute(
        update(companies)
        .where(companies.c.organisation_id == tenant.organisation_id, companies.c.id == company_id)
        .values(**values)
    )


async def only(tenant: Tenant) -> Company:
    """The organisation's first company, for places that do not ask which; raises NotFound."""
    row = await tenant.fetch_one(
        select(companies)
        .where(companies.c.organisation_id == tenant.organisation_id)
        .order_by(companies.c.created_at, companies.c.id)
        .limit(1)
    )
    if row is None:
        raise NotFound(_("This organisation has no company yet."))
    return _read(row)


async def only_or_new(tenant: Tenant, name: str) -> Company:
    """The organisation's first company; one of this name, with quiet hours, is made when there is none."""
    try:
        return await only(tenant)
    except NotFound:
        made = await create(tenant, name)
        await change(tenant, made.id, texting_hours="country")
        return await only(tenant)


def _read(row: Any) -> Company:
    return Company(
        id=row["id"],
        name=row["name"],
        claims_on_reply=bool(row["claims_on_reply"]),
        working_hours=row["working_hours"],
        escalates_to=row["escalates_to"],
        escalates_after=row["escalates_after"],
        escalates_from=row["escalates_from"],
        needs_consent=bool(row["needs_consent"]),
        texting_hours=row["texting_hours"],
        daily_cap=row["daily_cap"],
    )
