"""The company that a program asks about."""

from typing import Any

from inbox.accounts import companies
from inbox.errors import Invalid
from inbox.languages import _
from inbox.web.api.operations import Call


async def company_of(call: Call[Any, Any], asked: str | None) -> str:
    """The id of a company in which the token's owner works, by default of the first one; raises Invalid."""
    mine = [company.id for company in await companies.of(call.tenant, call.me.user)]
    if not mine or (asked is not None and asked not in mine):
        raise Invalid({"company": _("You work in no company of this id. /me tells in which you do.")})
    return asked or mine[0]
