"""Candidates: find, add and change them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field, structs

from inbox.accounts.scopes import Scope
from inbox.candidates import links, matching, people, profiles
from inbox.candidates.choices import EVERYBODY, Choice
from inbox.errors import Invalid
from inbox.messaging import renaming
from inbox.provisioning import company_numbers
from inbox.storage.database import Tenant
from inbox.web.api.operations import Call, Cursor, Input, Line, Nothing, Operation, Page
from providers import phone

Hints = Annotated[list[Line], Meta(max_length=10)]
Fact: TypeAlias = Line | UnsetType | None


class Candidate(Struct):
    """Somebody to text. Times are UTC; `can_text` is false without a number and after STOP.

    `number` is E.164, `number_words` the same with blanks, for people.
    """

    id: str
    name: str
    number: str | None
    number_words: str | None
    email: str | None
    stage: str | None
    job: str | None
    city: str | None
    consent: str | None
    owner: str | None
    profile_urls: list[str]
    conversation_id: str | None
    can_text: bool
    opted_out_at: datetime | None
    last_message_at: datetime | None
    created_at: datetime


class Filter(Input):
    """At most one of these; without any, all candidates by name."""

    q: Line | None = None
    number: Line | None = None
    email: Line | None = None
    profile_url: Line | None = None
    cursor: Cursor | None = None


class Match(Struct):
    """A candidate, and by which of the hints they were found."""

    candidate: Candidate
    by: str


class Matches(Struct):
    """Whom the hints may mean, the surest first."""

    data: list[Match]


class Clues(Input):
    """What a page tells of a person. Numbers without a country code are read as those of the company's country."""

    profile_url: Line | None = None
    numbers: Hints = field(default_factory=list)
    emails: Hints = field(default_factory=list)
    name: Line | None = None


class NewCandidate(Input):
    """A name, a number or an email is needed; who adds a candidate owns them."""

    name: Line | None = None
    number: Line | None = None
    email: Line | None = None
    stage: Line | None = None
    job: Line | None = None
    city: Line | None = None
    consent: Line | None = None
    profile_url: Line | None = None


class ChangedCandidate(Input):
    """Only the fields that are there are changed; null empties one. A `profile_url` is added to those known."""

    name: Fact = UNSET
    number: Fact = UNSET
    email: Fact = UNSET
    stage: Fact = UNSET
    job: Fact = UNSET
    city: Fact = UNSET
    consent: Fact = UNSET
    profile_url: Line | UnsetType = UNSET


async def index(call: Call[None, Filter]) -> Page[Candidate]:
    """Candidates by name, or those whom one filter finds."""
    query, tenant = call.query, call.tenant
    exact = {name: value for name in ("number", "email", "profile_url") if (value := getattr(query, name)) is not None}
    if len(exact) + (query.q is not None) > 1:
        raise Invalid({"query": "Use one of q, number, email and profile_url at a time."})
    if exact:
        found = await matching.find(tenant, _hints(exact), region=await company_numbers.region(tenant))
        return Page(await shown(tenant, [match.candidate for match in found]), None)
    page = await people.page(tenant, Choice(q=query.q) if query.q else EVERYBODY, after=query.cursor)
    return Page(await shown(tenant, page.rows), page.more)


async def match(call: Call[Clues, Nothing]) -> Matches:
    """Whom a page is about: by its address, then by number, then by email, and by name only when those find nobody."""
    clues, tenant = call.body, call.tenant
    hints = matching.Hints(clues.profile_url, tuple(clues.numbers), tuple(clues.emails), clues.name)
    found = await matching.find(tenant, hints, region=await company_numbers.region(tenant))
    candidates = await shown(tenant, [match.candidate for match in found])
    return Matches([Match(one, match.by) for one, match in zip(candidates, found, strict=True)])


async def show(call: Call[None, Nothing]) -> Candidate:
    """One candidate."""
    return await _one(call.tenant, call.id("candidate_id"))


async def create(call: Call[NewCandidate, Nothing]) -> Candidate:
    """Add a candidate, whom the token's person then owns."""
    tenant, typed = call.tenant, structs.asdict(call.body)
    link = links.as_stored(typed["profile_url"]) if typed["profile_url"] else None
    facts = {name: value or "" for name, value in typed.items() if name != "profile_url"}
    facts["owner_id"] = call.me.user.id
    profile = profiles.checked(facts, region=await company_numbers.region(tenant))
    async with tenant.transaction():
        candidate_id = await profiles.add(tenant, profile, by=call.me.user.name)
        await _keep_link(tenant, candidate_id, link)
    return await _one(tenant, candidate_id)


async def change(call: Call[ChangedCandidate, Nothing]) -> Candidate:
    """Change some facts of a candidate."""
    tenant, candidate_id = call.tenant, call.id("candidate_id")
    given = {name: value for name, value in structs.asdict(call.body).items() if value is not UNSET}
    link = links.as_stored(given.pop("profile_url")) if "profile_url" in given else None
    region = await company_numbers.region(tenant)
    async with tenant.transaction():
        before = await profiles.find(tenant, candidate_id)
        facts = {name: getattr(before, name) or "" for name in profiles.Profile.__slots__}
        after = profiles.checked(facts | {name: value or "" for name, value in given.items()}, region=region)
        await profiles.change(tenant, candidate_id, after, mark=before.mark, by=call.me.user.name)
        await _keep_link(tenant, candidate_id, link)
        await renaming.renamed(tenant, candidate_id, before, after, actor_id=call.me.user.id)
    return await _one(tenant, candidate_id)


async def shown(tenant: Tenant, found: Sequence[people.Candidate]) -> list[Candidate]:
    """Candidates as programs read them."""
    pages = await links.of(tenant, [one.id for one in found])
    return [
        Candidate(
            id=one.id,
            name=one.name,
            number=one.number,
            number_words=phone.readable(one.number) if one.number else None,
            email=one.email,
            stage=one.stage,
            job=one.job,
            city=one.city,
            consent=one.consent,
            owner=one.owner,
            profile_urls=[f"https://{link}" for link in pages.get(one.id, ())],
            conversation_id=one.conversation_id,
            can_text=one.can_text,
            opted_out_at=one.opted_out_at,
            last_message_at=one.last_at,
            created_at=one.created_at,
        )
        for one in found
    ]


def _hints(exact: dict[str, str]) -> matching.Hints:
    number, email = exact.get("number"), exact.get("email")
    return matching.Hints(
        exact.get("profile_url"), (number,) if number is not None else (), (email,) if email is not None else (), None
    )


async def _one(tenant: Tenant, candidate_id: str) -> Candidate:
    return (await shown(tenant, [await people.find(tenant, candidate_id)]))[0]


async def _keep_link(tenant: Tenant, candidate_id: str, link: str | None) -> None:
    if link is not None and not await links.take(tenant, candidate_id, link):
        raise Invalid({"profile_url": "This page is about another candidate."})


_PATH = "/candidates/{candidate_id}"
OPERATIONS = (
    Operation(
        "GET",
        "/candidates",
        "Candidates by name, or found by number, email, page or words",
        index,
        Page[Candidate],
        scope=Scope.CANDIDATES_READ,
        asks=Filter,
    ),
    Operation(
        "POST",
        "/candidates/match",
        "Whom a page elsewhere is about",
        match,
        Matches,
        scope=Scope.CANDIDATES_READ,
        takes=Clues,
    ),
    Operation(
        "POST",
        "/candidates",
        "Add a candidate",
        create,
        Candidate,
        status=201,
        scope=Scope.CANDIDATES_WRITE,
        takes=NewCandidate,
    ),
    Operation("GET", _PATH, "One candidate", show, Candidate, scope=Scope.CANDIDATES_READ),
    Operation(
        "PATCH",
        _PATH,
        "Change a candidate",
        change,
        Candidate,
        scope=Scope.CANDIDATES_WRITE,
        takes=ChangedCandidate,
        refusals=(409,),
    ),
)
