"""What was sent to the provider for a country, and how far it is with it: a bundle, an address, a brand.

A review is "sending" until a job has brought everything, "sent" while the provider looks at it, then "approved" or
"rejected" with its reason, after which it can be sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import NotFound
from inbox.languages import _
from inbox.storage import jobs
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import provisioning_reviews as table

LOOK = "provisioning_review"
"""The job that sends something and looks how far it is."""

Kind = Literal["bundle", "address", "profile", "brand", "campaign"]
State = Literal["sending", "sent", "approved", "rejected"]

KINDS: Mapping[str, tuple[Kind, ...]] = {
    "au": ("bundle", "address"),
    "gb": ("bundle", "address"),
    "us": ("profile", "brand", "campaign"),
}
COVERS: Mapping[Kind, tuple[str, ...]] = {
    "bundle": ("business", "address", "contact"),
    "address": ("emergency",),
    "profile": ("business", "contact", "profile"),
    "brand": ("brand",),
    "campaign": ("campaign",),
}
"""The items whose state a review tells."""
MENDED: Mapping[Kind, str] = {
    "bundle": "business",
    "address": "emergency",
    "profile": "profile",
    "brand": "brand",
    "campaign": "campaign",
}
"""The item at which a rejection is told, where somebody begins to mend it."""
WORDS: Mapping[Kind, str] = {
    "bundle": _("Bundle of documents"),
    "address": _("Emergency address"),
    "profile": _("Customer profile"),
    "brand": _("10DLC brand"),
    "campaign": _("10DLC campaign"),
}


@dataclass(frozen=True, slots=True)
class Review:
    """One thing at the provider; times are UTC."""

    id: str
    country: str
    kind: Kind
    state: State
    provider_sid: str | None
    service_sid: str | None
    """Of a campaign: the messaging service that it is registered on; of a profile: the A2P profile beside it."""
    reason: str
    looks: int
    asked_by_id: str
    asked_at: datetime
    looked_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the provider has not decided yet."""
        return self.state in ("sending", "sent")


async def of(tenant: Tenant) -> Mapping[tuple[str, Kind], Review]:
    """All of the organisation, by country and kind."""
    rows = await tenant.fetch_all(select(table).where(table.c.organisation_id == tenant.organisation_id))
    return {(row.country, row.kind): _review(row) for row in rows}


async def find(tenant: Tenant, review_id: str) -> Review:
    """The one of this id; raises NotFound."""
    row = await tenant.fetch_one(select(table).where(*_is(tenant, review_id)))
    if row is None:
        raise NotFound
    return _review(row)


async def ask(tenant: Tenant, user_id: str, country: str, kind: Kind) -> None:
    """Send it, or once more after a rejection; when the provider has it already, look now how far it is."""
    async with tenant.transaction():
        known = (await of(tenant)).get((country, kind))
        if known is not None and known.state == "approved":
            return
        review_id = known.id if known else new_id()
        if known is None or known.state == "rejected":
            await _begin(tenant, user_id, country, kind, review_id)
        await jobs.enqueue(tenant, LOOK, review_id)


async def stands(tenant: Tenant, review: Review, state: State, **values: Any) -> bool:
    """Go on to a state and note that it was looked at; whether it still stood where `review` says."""
    row = await tenant.fetch_one(
        update(table)
        .where(*_is(tenant, review.id), table.c.state == review.state, table.c.asked_at == review.asked_at)
        .values(state=state, looked_at=db_now(), looks=review.looks + 1, **values)
        .returning(table.c.id)
    )
    return row is not None


async def _begin(tenant: Tenant, user_id: str, country: str, kind: Kind, review_id: str) -> None:
    values = {"state": "sending", "reason": "", "looks": 0, "asked_by_id": user_id, "looked_at": None}
    new = insert(table).values(
        organisation_id=tenant.organisation_id, id=review_id, country=country, kind=kind, **values
    )
    keys = ["organisation_id", "country", "kind"]
    await tenant.execute(new.on_conflict_do_update(index_elements=keys, set_={**values, "asked_at": db_now()}))


def _is(tenant: Tenant, review_id: str) -> Sequence[Any]:
    return table.c.organisation_id == tenant.organisation_id, table.c.id == review_id


def _review(row: Any) -> Review:
    return Review(
        id=row.id,
        country=row.country,
        kind=row.kind,
        state=row.state,
        provider_sid=row.provider_sid,
        service_sid=row.service_sid,
        reason=row.reason,
        looks=row.looks,
        asked_by_id=row.asked_by_id,
        asked_at=row.asked_at,
        looked_at=row.looked_at,
    )
