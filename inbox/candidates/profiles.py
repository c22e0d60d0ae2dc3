"""What a form says of a candidate: checked, kept, and never written over what somebody else kept meanwhile."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from inbox.candidates import consents, labels, numbers, people, searchable
from inbox.candidates.consents import Source
from inbox.errors import Changed, Invalid, NotFound, too_long
from inbox.languages import _
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import candidates
from providers import phone

MOST = 200
# One "@", something on both sides, no blank: whether the mailbox exists only a letter to it can tell.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")


class NumberTaken(Invalid):
    """The number is another candidate's; carries who that is."""

    def __init__(self, holder: people.Candidate) -> None:
        super().__init__({"number": _("This is the number of %(name)s.", name=holder.name)})
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Profile:
    """The facts of a candidate that people write; `number` is E.164."""

    name: str | None
    number: str | None
    email: str | None
    stage: str | None
    job: str | None
    city: str | None
    consent: str | None
    owner_id: str | None

    @property
    def mark(self) -> str:
        """Tells whether a profile is still the one that a form was filled in from."""
        return sha256(repr(asdict(self)).encode()).hexdigest()[:16]

    @property
    def sort_name(self) -> str:
        """Its place in the list."""
        return (self.name or self.number or self.email or "").casefold()


def checked(typed: Mapping[str, str], *, region: str) -> Profile:
    """The profile that was typed; a number without its country code is one of `region`. Raises Invalid."""
    facts = {name: " ".join(typed.get(name, "").split()) or None for name in Profile.__slots__}
    sentences = {name: too_long(len(value), MOST) for name, value in facts.items() if value and len(value) > MOST}
    if facts["number"]:
        try:
            facts["number"] = phone.to_e164(facts["number"], region)
        except phone.NotAPhoneNumber as error:
            sentences["number"] = _(error.message, typed=error.typed)
    if facts["email"] and not _EMAIL.fullmatch(facts["email"]):
        sentences["email"] = _("Enter an e-mail such as maya@example.com.")
    if not (facts["name"] or facts["number"] or facts["email"]):
        sentences["name"] = _("Enter a name, a number or an e-mail.")
    if sentences:
        raise Invalid(sentences)
    return Profile(**facts)


async def find(tenant: Tenant, candidate_id: str) -> Profile:
    """The profile of a candidate; raises NotFound, also for one whose personal data was removed."""
    row = await tenant.fetch_one(
        select(candidates).where(
            candidates.c.organisation_id == tenant.organisation_id,
            candidates.c.id == candidate_id,
            candidates.c.erased_at.is_(None),
        )
    )
    if row is None:
        raise NotFound
    return profile_of(row, await numbers.current(tenant, candidate_id))


def profile_of(row: Any, number: str | None) -> Profile:
    """The profile in a row of `candidates`, with the number (E.164) that this candidate is texted at."""
    return Profile(row.name, number, row.email, row.stage, row.job, row.city, row.consent, row.owner_id)


def columns_of(profile: Profile) -> dict[str, Any]:
    """What `candidates` holds of a profile: all but its number."""
    facts = asdict(profile)
    del facts["number"]
    return {**facts, "sort_name": profile.sort_name}


async def add(tenant: Tenant, profile: Profile, *, by: str = "", shares: bool = False) -> str:
    """A new candidate's id, written down by `by`. Raises NumberTaken, unless the number `shares` with somebody."""
    candidate_id = new_id()
    async with tenant.transaction():
        await tenant.execute(
            candidates.insert().values(organisation_id=tenant.organisation_id, id=candidate_id, **columns_of(profile))
        )
        await _give_number(tenant, candidate_id, profile.number, shares=shares)
        await searchable.changed(tenant, candidate_id)
        if profile.number and profile.consent:
            await consents.record(tenant, profile.number, source="profile", words=profile.consent, author=by)
    return candidate_id


async def change(
    tenant: Tenant,
    candidate_id: str,
    profile: Profile,
    *,
    mark: str,
    by: str = "",
    source: Source = "profile",
    shares: bool = False,
) -> Profile:
    """Keep another profile; answers with the one before. In a transaction.

    What it says of consent now and did not before goes into the ledger, written down by `by`.

    `mark` is that of the profile the form was filled in from. Raises Changed when somebody changed it since,
    NumberTaken (unless it `shares` the number), Invalid when a number would be left without its candidate, NotFound.
    """
    before = await find(tenant, candidate_id)
    if before.mark != mark:
        raise Changed(_("Somebody changed this candidate meanwhile. Nothing was saved."), seen=0)
    if before.number and not profile.number:
        raise Invalid({"number": _("A number can be replaced, not taken away: texts from it come to this candidate.")})
    await tenant.execute(
        update(candidates)
        .where(candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id)
        .values(**columns_of(profile))
    )
    if profile.number != before.number:
        await _give_number(tenant, candidate_id, profile.number, shares=shares)
    if profile.sort_name != before.sort_name:
        await labels.renamed(tenant, candidate_id, profile.sort_name)
    await searchable.changed(tenant, candidate_id)
    number = profile.number
    if number and profile.consent != before.consent:
        words = profile.consent or f"No more: {before.consent}"
        await consents.record(tenant, number, source=source, words=words, author=by, given=profile.consent is not None)
    return before


async def _give_number(tenant: Tenant, candidate_id: str, number: str | None, *, shares: bool) -> None:
    if number is None or await numbers.take(tenant, candidate_id, number):
        return
    held = await numbers.holders(tenant, number)
    if candidate_id not in held:
        if shares:
            return await numbers.share(tenant, candidate_id, number)
        raise NumberTaken(await people.find(tenant, held[0] if held else candidate_id))
    await numbers.make_current(tenant, candidate_id, number)
