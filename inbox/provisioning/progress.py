"""How far an organisation has come with the documents of each country."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from inbox.errors import Invalid, NotFound, too_long
from inbox.languages import _, gathered
from inbox.provisioning import brought, reviews
from inbox.provisioning.checklists import CHECKLISTS, NUMBER, TEST, Checklist, Item, order
from inbox.provisioning.reviews import Review
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import company_numbers, conversations, messages, provider_accounts
from inbox.storage.tables import provisioning_items as table
from providers import phone
from providers.contract import DeliveryStatus

State = Literal["not_started", "saved", "sent", "problem", "done", "blocked"]
CHOSEN: Mapping[str, str] = {
    "saved": _("Not sent yet"),
    "sent": _("Sent to the provider"),
    "problem": _("There is a problem"),
    "done": _("Completed"),
}
"""The states that a person chooses between."""
MOST = 300


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands; `words` says it, with who waits for whom."""

    item: Item
    state: State
    words: str
    facts: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a person can do something about it here."""
        return bool(self.item.fields)


@dataclass(frozen=True, slots=True)
class Progress:
    """A country's list with where each item stands."""

    checklist: Checklist
    items: tuple[Standing, ...]
    sent: Mapping[str, Review] = field(default_factory=dict)
    """What was sent to the provider, by kind."""

    @property
    def kinds(self) -> tuple[reviews.Kind, ...]:
        """What can be sent to the provider from here."""
        return reviews.KINDS[self.checklist.country]

    @property
    def done(self) -> int:
        """How many are completed."""
        return sum(one.state == "done" for one in self.items)

    @property
    def is_done(self) -> bool:
        """Whether all are."""
        return self.done == len(self.items)


async def of(tenant: Tenant) -> Sequence[Progress]:
    """Every country's list."""
    rows = await tenant.fetch_all(select(table).where(table.c.organisation_id == tenant.organisation_id))
    kept, sent = {(row.country, row.item): row for row in rows}, await reviews.of(tenant)
    numbers = await tenant.fetch_all(
        select(company_numbers.c.id, company_numbers.c.number).where(
            company_numbers.c.organisation_id == tenant.organisation_id, company_numbers.c.purpose == "messaging"
        )
    )
    by_country: dict[str, list[str]] = {}
    for row in numbers:
        by_country.setdefault(phone.region_of(row.number).lower(), []).append(row.id)
    found = []
    for checklist in order():
        ids = by_country.get(checklist.country, [])
        tested = bool(ids) and await is_tested(tenant, ids)
        theirs: dict[str, Review] = {kind: one for (country, kind), one in sent.items() if country == checklist.country}
        found.append(_progress(checklist, kept, theirs, has_number=bool(ids), is_tested=tested))
    return found


async def facts(tenant: Tenant, country: str) -> Mapping[str, Mapping[str, str]]:
    """What was brought for a country, by item and field."""
    rows = await tenant.fetch_all(
        select(table.c.item, table.c.facts).where(
            table.c.organisation_id == tenant.organisation_id, table.c.country == country
        )
    )
    return {row.item: json.loads(row.facts) for row in rows}


async def find(tenant: Tenant, country: str, key: str) -> tuple[Checklist, Standing]:
    """One item; raises NotFound for what no list has, or what is not filled in by hand."""
    progress = next((one for one in await of(tenant) if one.checklist.country == country), None)
    standing = next((one for one in progress.items if one.item.key == key), None) if progress else None
    if progress is None or standing is None or not standing.is_open:
        raise NotFound
    return progress.checklist, standing


async def keep(
    tenant: Tenant, author: str, country: str, key: str, *, facts: Mapping[str, str], state: str, note: str
) -> None:
    """Keep what was brought and how far it is. Raises Invalid, NotFound."""
    item = CHECKLISTS[country].item(key) if country in CHECKLISTS else None
    if item is None or not item.fields:
        raise NotFound
    values = {one.name: " ".join(facts.get(one.name, "").split()) for one in item.fields}
    _check(country, item, values, state, note)
    row = {
        "state": state,
        "facts": json.dumps(values, ensure_ascii=False),
        "note": note.strip(),
        "changed_by": author,
    }
    await tenant.execute(
        insert(table)
        .values(organisation_id=tenant.organisation_id, country=country, item=key, **row)
        .on_conflict_do_update(
            index_elements=["organisation_id", "country", "item"], set_={**row, "changed_at": db_now()}
        )
    )


def _check(country: str, item: Item, values: Mapping[str, str], state: str, note: str) -> None:
    wrong = brought.wrong_with(country, values) | _not_offered(item, values)
    wrong |= {name: too_long(len(value), MOST) for name, value in {**values, "note": note}.items() if len(value) > MOST}
    if state not in CHOSEN:
        wrong["state"] = _("Choose how far it is.")
    elif state in ("sent", "done"):
        wrong |= {
            one.name: _("Enter this before it is sent to the provider.")
            if state == "sent"
            else _("Enter this before it is completed.")
            for one in item.fields
            if not values[one.name] and one.way != "provider"
        }
    elif state == "problem" and not note.strip():
        wrong["note"] = _("Say what the problem is.")
    if wrong:
        raise Invalid(wrong)


def _not_offered(item: Item, values: Mapping[str, str]) -> dict[str, str]:
    fields = (one for one in item.fields if one.choices and values[one.name])
    return {one.name: _("Choose one of these.") for one in fields if values[one.name] not in one.choices}


def _progress(
    checklist: Checklist, kept: Mapping[Any, Any], sent: Mapping[str, Review], *, has_number: bool, is_tested: bool
) -> Progress:
    seen = {NUMBER: has_number, TEST: is_tested}
    covered = {
        key: sent[kind] for kind in reviews.KINDS[checklist.country] if kind in sent for key in reviews.COVERS[kind]
    }
    items: dict[str, Standing] = {}
    for item in checklist.items:
        row = kept.get((checklist.country, item.key))
        missing = [items[need].item.title for need in item.needs if items[need].state != "done"]
        items[item.key] = _standing(item, row, missing, is_seen=seen.get(item.key))
        if item.key in covered:
            items[item.key] = _as_reviewed(items[item.key], covered[item.key])
    return Progress(checklist, tuple(items.values()), sent)


def _standing(item: Item, row: Any, missing: Sequence[str], *, is_seen: bool | None) -> Standing:
    if is_seen:
        return Standing(item, "done", _("Completed"))
    if row is not None:
        words = gathered((CHOSEN[row.state], row.note), ": ") if row.note else CHOSEN[row.state]
        facts = json.loads(row.facts)
        return Standing(item, row.state, words, facts, row.note, row.changed_at, row.changed_by)
    if missing:
        return Standing(item, "blocked", _("Cannot start yet: needs %(missing)s", missing=gathered(missing, ", ")))
    return Standing(item, "not_started", _("Not started"))


def _as_reviewed(standing: Standing, review: Review) -> Standing:
    """What the provider says outweighs what somebody has ticked."""
    if review.state == "approved":
        return replace(standing, state="done", words=CHOSEN["done"])
    if review.state == "rejected" and standing.item.key != reviews.MENDED[review.kind]:
        return standing
    if review.state == "rejected":
        words = gathered((CHOSEN["problem"], review.reason), ": ")
        return replace(standing, state="problem", words=words)
    return replace(standing, state="sent", words=CHOSEN["sent"], changed_at=review.asked_at)


async def is_tested(tenant: Tenant, number_ids: Sequence[str]) -> bool:
    """Whether a text from one of these numbers was delivered, and one came in on them by webhook.

    History from before the account was connected proves nothing, nor does what was found on the provider's list.
    """
    there = await tenant.fetch_one(
        select(
            _has(tenant, number_ids, messages.c.status == DeliveryStatus.DELIVERED).label("delivered"),
            _has(tenant, number_ids, messages.c.direction == "in", messages.c.recovered_at.is_(None)).label("received"),
        )
    )
    return there is not None and bool(there.delivered) and bool(there.received)


def _has(tenant: Tenant, number_ids: Sequence[str], *conditions: ColumnElement[bool]) -> Any:
    account = and_(
        provider_accounts.c.organisation_id == messages.c.organisation_id,
        provider_accounts.c.id == messages.c.provider_account_id,
    )
    return exists().where(
        messages.c.organisation_id == tenant.organisation_id,
        *conditions,
        account,
        messages.c.at >= provider_accounts.c.created_at,
        conversations.c.organisation_id == messages.c.organisation_id,
        and_(conversations.c.id == messages.c.conversation_id, conversations.c.company_number_id.in_(number_ids)),
    )
