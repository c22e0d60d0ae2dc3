"""Searches for a person that are kept: of a campaign's recipients, of a change of tags, of the views of the inbox."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select, update

from inbox.storage.database import Tenant
from inbox.storage.tables import campaigns, label_changes, saved_views

NAME = "Removed candidate"
"""What stands where the name stood."""

_KEPT = ((campaigns, campaigns.c.asked), (label_changes, label_changes.c.asked), (saved_views, saved_views.c.query))
"""Query strings, each with what was searched for as `q`."""


async def forget(tenant: Tenant, name: str | None, email: str | None, own_numbers: Collection[str]) -> None:
    """Put NAME in place of what was searched for where one of its words is this person's; it finds no one else."""
    for table, column in _KEPT:
        rows = await tenant.fetch_all(
            select(table.c.id, column.label("query")).where(
                table.c.organisation_id == tenant.organisation_id, column.contains("q=")
            )
        )
        for row in rows:
            query = _without(row.query, name or "", email or "", own_numbers)
            if query != row.query:
                mine = table.c.organisation_id == tenant.organisation_id
                await tenant.execute(update(table).where(mine, table.c.id == row.id).values({column.name: query}))


def _without(query: str, name: str, email: str, own_numbers: Collection[str]) -> str:
    asked = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
    if not _is_about(asked.get("q", ""), name, email, own_numbers):
        return query
    return ("?" if query.startswith("?") else "") + urlencode({**asked, "q": NAME})


def _is_about(searched: str, name: str, email: str, own_numbers: Collection[str]) -> bool:
    """Whether a word of a search is one of theirs or begins it, or its digits are in their number."""
    words, theirs = searched.casefold().split(), [*name.casefold().split(), *filter(None, [email.casefold()])]
    digits = "".join(filter(str.isdigit, searched)).lstrip("0")
    has_number = len(digits) > 3 and any(digits in number for number in own_numbers)
    return has_number or any(
        one == word or (len(word) > 2 and one.startswith(word)) for word in words for one in theirs
    )
