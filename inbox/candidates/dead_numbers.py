"""Numbers that take no texts: a landline, or none that is in service. Said by a person, upon the provider's word.

The mark is the number's: another number of the same candidate is free of it, and a text from it takes it away.
"""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import ScalarSelect, delete, select
from sqlalchemy.dialects.postgresql import insert

from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.tables import dead_numbers as table

Reason = Literal["landline", "gone"]
WORDS: Mapping[Reason, str] = {"landline": _("Landline"), "gone": _("Not in service")}
_LANDLINES = frozenset({21614, 21635, 30006})
"""Codes of the provider that tell of a landline: https://www.twilio.com/docs/api/errors"""


def reason_of(code: int | None) -> Reason:
    """What a failure with this code says of the number, where it says anything."""
    return "landline" if code in _LANDLINES else "gone"


async def mark(tenant: Tenant, number: str, reason: Reason, *, code: int | None, author: str) -> None:
    """Nobody texts this number (E.164) any more; marking it again changes nothing."""
    values = {"number": number, "reason": reason, "code": code, "author": author}
    new = insert(table).values(organisation_id=tenant.organisation_id, **values)
    await tenant.execute(new.on_conflict_do_nothing(index_elements=["organisation_id", "number"]))


async def clear(tenant: Tenant, number: str) -> bool:
    """It takes texts after all; whether it was marked."""
    gone = delete(table).where(table.c.organisation_id == tenant.organisation_id, table.c.number == number)
    return await tenant.fetch_one(gone.returning(table.c.number)) is not None


def reason_for(organisation_id: Any, number: Any) -> ScalarSelect[Any]:
    """Why the number that an expression gives takes no texts in an organisation, as a part of a statement."""
    same = (table.c.organisation_id == organisation_id, table.c.number == number)
    return select(table.c.reason).where(*same).scalar_subquery()
