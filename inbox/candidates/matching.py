"""Which candidates a page elsewhere is about, by what it tells: its address, numbers, emails, a name."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from inbox.candidates import links, numbers, people
from inbox.candidates.choices import Choice
from inbox.candidates.people import Candidate
from inbox.errors import Invalid
from inbox.storage.database import Tenant
from providers import phone

MOST = 10


@dataclass(frozen=True, slots=True)
class Hints:
    """What a page tells of the person; what is no number, email or address is passed over."""

    profile_url: str | None
    numbers: tuple[str, ...]
    emails: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate, and the kind of hint that found them: "profile_url", "number", "email" or "name"."""

    candidate: Candidate
    by: str


async def find(tenant: Tenant, hints: Hints, *, region: str) -> list[Match]:
    """Whom the hints mean, the surest first; by name only when nothing else finds anybody.

    A number without a country code is one of `region`.
    """
    by: dict[str, str] = {}
    async for candidate_id, kind in _exact(tenant, hints, region):
        by.setdefault(candidate_id, kind)
    if not by and hints.name and hints.name.strip():
        page = await people.page(tenant, Choice(q=f'"{hints.name.replace(chr(34), " ").strip()}"'))
        by = {candidate.id: "name" for candidate in page.rows[:MOST]}
    found = {candidate.id: candidate for candidate in await people.by_ids(tenant, list(by)[:MOST])}
    return [Match(found[candidate_id], kind) for candidate_id, kind in by.items() if candidate_id in found]


async def _exact(tenant: Tenant, hints: Hints, region: str) -> AsyncIterator[tuple[str, str]]:
    link = _link(hints.profile_url)
    if link and (holder := await links.holder(tenant, link)):
        yield holder, "profile_url"
    for typed in hints.numbers:
        try:
            number = phone.to_e164(typed, region)
        except phone.NotAPhoneNumber:
            continue
        for holder in await numbers.holders(tenant, number):
            yield holder, "number"
    for email in hints.emails:
        wanted = email.strip().casefold()
        if "@" not in wanted:
            continue
        for candidate in (await people.page(tenant, Choice(q=f'"{wanted.replace(chr(34), " ")}"'))).rows:
            if (candidate.email or "").casefold() == wanted:
                yield candidate.id, "email"


def _link(address: str | None) -> str | None:
    try:
        return links.as_stored(address) if address else None
    except Invalid:
        return None
