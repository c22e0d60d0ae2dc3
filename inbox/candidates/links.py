"""Pages about a candidate elsewhere, such as a public profile; in one organisation each is about one of them."""

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import Invalid
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_links as table

MOST_CHARACTERS = 300
# What says from where a page was reached, not which page it is.
_PASSING = re.compile(r"utm_.*|trk.*|ref|referrer|source|fbclid|gclid|originalsubdomain|locale|lang", re.IGNORECASE)
# The first part of a host that only names a door of the same house; of two letters it is a country's.
_DOOR = re.compile(r"^(?:(?:www|m)\.|[a-z]{2}\.(?=[^.]+\.[a-z]{3,}$))")


def as_stored(address: str) -> str:
    """A page as it is told from others: no scheme, no "www.", nothing that only says how it was reached.

    "https://www.example.com/in/Maya-Chen/?utm_source=x#top" is "example.com/in/Maya-Chen". Raises Invalid.
    """
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in {"http", "https"} or "." not in host:
        raise Invalid({"profile_url": _("Enter the address of a page, such as https://example.com/in/maya-chen.")})
    asked = [(name, value) for name, value in parse_qsl(parts.query) if not _PASSING.fullmatch(name)]
    link = _DOOR.sub("", host.lower()) + parts.path.rstrip("/")
    link += f"?{urlencode(sorted(asked))}" if asked else ""
    if len(link) > MOST_CHARACTERS or "\x00" in link or not link.isprintable():
        raise Invalid(
            {"profile_url": _("The address of a page has at most %(most)s characters.", most=MOST_CHARACTERS)}
        )
    return link


async def holder(tenant: Tenant, link: str) -> str | None:
    """The id of the candidate whom a page (as stored) is about, or None."""
    found: str | None = await tenant.fetch_val(
        select(table.c.candidate_id).where(table.c.organisation_id == tenant.organisation_id, table.c.link == link)
    )
    return found


async def take(tenant: Tenant, candidate_id: str, link: str) -> bool:
    """Keep that a page (as stored) is about this candidate; False when it is about somebody else."""
    await tenant.execute(
        insert(table)
        .values(organisation_id=tenant.organisation_id, link=link, candidate_id=candidate_id)
        .on_conflict_do_nothing(index_elements=["organisation_id", "link"])
    )
    return await holder(tenant, link) == candidate_id


async def remove(tenant: Tenant, candidate_id: str, link: str) -> None:
    """Forget that a page is about this candidate."""
    await tenant.execute(
        delete(table).where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.candidate_id == candidate_id,
            table.c.link == link,
        )
    )


async def of(tenant: Tenant, candidate_ids: Collection[str]) -> dict[str, list[str]]:
    """The pages about these candidates by their ids, oldest first."""
    if not candidate_ids:
        return {}
    rows = await tenant.fetch_all(
        select(table.c.candidate_id, table.c.link)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.candidate_id.in_(sorted(candidate_ids)))
        .order_by(table.c.created_at, table.c.link)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.candidate_id, []).append(row.link)
    return found
