"""The numbers a company texts from."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import companies, company_numbers
from providers import phone

Purpose = Literal["messaging", "chatbot", "former"]
"""A former number still takes texts, and is answered from in its threads."""


@dataclass(frozen=True, slots=True)
class CompanyNumber:
    """A number of ours, in E.164, and the provider account that owns it."""

    id: str
    company_id: str
    provider_account_id: str
    number: str
    purpose: Purpose
    segments_per_second: int
    """The rate that the networks take from it."""


async def add(
    tenant: Tenant, *, company_id: str, provider_account_id: str, number: str, purpose: Purpose = "messaging"
) -> CompanyNumber:
    """Make `number` (E.164) one of the company's; the one that stands when it already is.

    It texts at the rate that Twilio gives to a number of its country at first, in segments a second. Source:
    https://support.twilio.com/hc/en-us/articles/115002943027-Understanding-Twilio-Rate-Limits-and-Message-Queues
    """
    await tenant.execute(
        insert(company_numbers)
        .values(
            organisation_id=tenant.organisation_id,
            id=new_id(),
            company_id=company_id,
            provider_account_id=provider_account_id,
            number=number,
            purpose=purpose,
            segments_per_second=1 if number.startswith("+1") else 10,
        )
        .on_conflict_do_nothing(index_elements=["organisation_id", "number"])
    )
    found = await by_number(tenant, number)
    if found is None:
        raise NotFound
    return found


async def assign(tenant: Tenant, *, company_id: str, provider_account_id: str, number: str, purpose: Purpose) -> None:
    """Make `number` (E.164) the company's one for `purpose`; the one before still takes texts and answers them.

    Raises Invalid when it serves the other purpose.
    """
    async with tenant.transaction():
        await _retire(tenant, purpose, but=number)
        await add(
            tenant, company_id=company_id, provider_account_id=provider_account_id, number=number, purpose=purpose
        )
        await tenant.execute(
            company_numbers.update()
            .where(company_numbers.c.organisation_id == tenant.organisation_id, company_numbers.c.number == number)
            .values(purpose=purpose)
        )


async def _retire(tenant: Tenant, purpose: Purpose, *, but: str) -> None:
    other = await by_number(tenant, but)
    if other is not None and other.purpose not in (purpose, "former"):
        raise Invalid({"number": _("The messaging number and the chatbot number must differ.")})
    await tenant.execute(
        company_numbers.update()
        .where(
            company_numbers.c.organisation_id == tenant.organisation_id,
            company_numbers.c.purpose == purpose,
            company_numbers.c.number != but,
        )
        .values(purpose="former")
    )


async def by_number(tenant: Tenant, number: str) -> CompanyNumber | None:
    """The company number `number` (E.164), or None when it is not ours."""
    row = await tenant.fetch_one(_numbers(tenant).where(company_numbers.c.number == number))
    return None if row is None else _company_number(row)


async def find(tenant: Tenant, number_id: str) -> CompanyNumber:
    """The company number `number_id`; raises NotFound."""
    row = await tenant.fetch_one(_numbers(tenant).where(company_numbers.c.id == number_id))
    if row is None:
        raise NotFound
    return _company_number(row)


async def region(tenant: Tenant) -> str:
    """Where a number without a country code is from (ISO 3166): where the organisation texts from."""
    try:
        return phone.region_of((await first(tenant)).number)
    except NotFound:
        return phone.HOME


async def first(tenant: Tenant, purpose: Purpose = "messaging") -> CompanyNumber:
    """The organisation's oldest number for `purpose`; raises NotFound when there is none."""
    row = await tenant.fetch_one(
        _numbers(tenant)
        .where(company_numbers.c.purpose == purpose)
        .order_by(company_numbers.c.created_at, company_numbers.c.id)
        .limit(1)
    )
    if row is None:
        raise NotFound(_("This company has no number to text from yet."))
    return _company_number(row)


async def all_of(tenant: Tenant) -> list[CompanyNumber]:
    """Every number of the organisation, oldest first."""
    rows = await tenant.fetch_all(_numbers(tenant).order_by(company_numbers.c.created_at, company_numbers.c.id))
    return [_company_number(row) for row in rows]


async def receiving(tenant: Tenant, provider_account_id: str, number: str) -> CompanyNumber:
    """The number a text came in on. One bought at the provider a moment ago is adopted, so no text is lost."""
    known = await by_number(tenant, number)
    if known is not None:
        return known
    company_id = await tenant.fetch_val(
        select(companies.c.id)
        .where(companies.c.organisation_id == tenant.organisation_id)
        .order_by(companies.c.created_at, companies.c.id)
        .limit(1)
    )
    if company_id is None:
        raise NotFound
    return await add(tenant, company_id=company_id, provider_account_id=provider_account_id, number=number)


def _numbers(tenant: Tenant) -> Any:
    return select(company_numbers).where(company_numbers.c.organisation_id == tenant.organisation_id)


def _company_number(row: Any) -> CompanyNumber:
    return CompanyNumber(
        row.id, row.company_id, row.provider_account_id, row.number, row.purpose, row.segments_per_second
    )
