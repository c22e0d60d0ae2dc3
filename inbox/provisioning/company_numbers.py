"""The numbers a company texts from."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import companies, company_numbers
from providers import phone

Purpose = Literal["messaging", "chatbot", "own", "former"]
"""One user's own, or the company's; a former number still takes texts, and is answered from in its threads."""


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

    Raises Invalid when it serves the other purpose, or another company.
    """
    async with tenant.transaction():
        await _make_way(tenant, company_id, purpose, but=number)
        await add(
            tenant, company_id=company_id, provider_account_id=provider_account_id, number=number, purpose=purpose
        )
        await tenant.execute(
            company_numbers.update()
            .where(company_numbers.c.organisation_id == tenant.organisation_id, company_numbers.c.number == number)
            .values(purpose=purpose)
        )


async def _make_way(tenant: Tenant, company_id: str, purpose: Purpose, *, but: str) -> None:
    other = await by_number(tenant, but)
    if other is not None and other.company_id != company_id:
        raise Invalid({"number": _("Another company of yours has this number.")})
    if other is not None and other.purpose not in (purpose, "former"):
        raise Invalid({"number": _("The messaging number and the chatbot number must differ.")})
    await retire(tenant, company_id, purpose, but=but)


async def retire(tenant: Tenant, company_id: str, purpose: Purpose, *, but: str = "") -> None:
    """Let the company have no number for `purpose`, but for `but`; a former one still takes texts and answers them."""
    await tenant.execute(
        company_numbers.update()
        .where(
            company_numbers.c.organisation_id == tenant.organisation_id,
            company_numbers.c.company_id == company_id,
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


async def first(tenant: Tenant, purpose: Purpose = "messaging", *, company_id: str | None = None) -> CompanyNumber:
    """The oldest number for `purpose`, of a company or with None of all; raises NotFound when there is none."""
    query = _numbers(tenant).where(company_numbers.c.purpose == purpose)
    if company_id is not None:
        query = query.where(company_numbers.c.company_id == company_id)
    row = await tenant.fetch_one(query.order_by(company_numbers.c.created_at, company_numbers.c.id).limit(1))
    if row is None:
        raise NotFound(_("This company has no number to text from yet."))
    return _company_number(row)


async def first_company(tenant: Tenant) -> str | None:
    """Whose number is the oldest to text from: what names no company goes out there; None while there is none."""
    found: str | None = await tenant.fetch_val(
        select(company_numbers.c.company_id)
        .where(company_numbers.c.organisation_id == tenant.organisation_id, company_numbers.c.purpose == "messaging")
        .order_by(company_numbers.c.created_at, company_numbers.c.id)
        .limit(1)
    )
    return found


async def of_sender(tenant: Tenant, user_id: str, *, company_id: str | None = None) -> CompanyNumber:
    """What this user texts from in a company, with None in the first one: their own number, else the company's.

    Raises NotFound when there is neither.
    """
    theirs = await first(tenant, company_id=company_id)
    own = await own_of(tenant, user_id, theirs.company_id)
    return own or theirs


async def own_of(tenant: Tenant, user_id: str, company_id: str) -> CompanyNumber | None:
    """The user's own number in a company, None when the company's serves."""
    row = await tenant.fetch_one(
        _numbers(tenant).where(
            company_numbers.c.company_id == company_id,
            company_numbers.c.purpose == "own",
            company_numbers.c.user_id == user_id,
        )
    )
    return None if row is None else _company_number(row)


async def give(tenant: Tenant, user_id: str, *, company_id: str, provider_account_id: str, number: str) -> None:
    """Make `number` (E.164) the user's own in a company; the one before is a former one from now on. Raises Invalid."""
    async with tenant.transaction():
        other = await by_number(tenant, number)
        if other is not None and not (other.purpose == "former" and other.company_id == company_id):
            if other == await own_of(tenant, user_id, company_id):
                return
            raise Invalid({"number": _("This number is in use already.")})
        await take_back(tenant, user_id, company_id=company_id)
        await add(tenant, company_id=company_id, provider_account_id=provider_account_id, number=number, purpose="own")
        await tenant.execute(
            company_numbers.update()
            .where(company_numbers.c.organisation_id == tenant.organisation_id, company_numbers.c.number == number)
            .values(purpose="own", user_id=user_id)
        )


async def take_back(tenant: Tenant, user_id: str, *, company_id: str | None = None) -> None:
    """The user's own number in a company, with None in every one, is a former one: their threads go on with it."""
    mine = company_numbers.c.user_id == user_id
    await tenant.execute(
        company_numbers.update()
        .where(
            company_numbers.c.organisation_id == tenant.organisation_id,
            mine if company_id is None else and_(mine, company_numbers.c.company_id == company_id),
        )
        .values(purpose="former", user_id=None)
    )


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
