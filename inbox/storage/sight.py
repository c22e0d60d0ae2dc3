"""Which conversations the person behind a query may see: all, those of some companies, their own, or one alone.

`Tenant.only_of`, `only_in` and `only_conversation` decide. Whatever shows somebody a conversation, a text, a note, or a
number made of them asks here for its condition, which is none where everything may be seen; a thread is asked for in
`conversations.find`.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from inbox.storage.database import Tenant
from inbox.storage.tables import conversations


def seen(tenant: Tenant, table: Any = conversations) -> list[ColumnElement[bool]]:
    """The condition on rows of `conversations`, or of an alias of it."""
    own: list[ColumnElement[bool]] = []
    if tenant.only_of is not None:
        own.append(table.c.assignee_id == tenant.only_of)
    if tenant.only_conversation is not None:
        own.append(table.c.id == tenant.only_conversation)
    return own if tenant.only_in is None else [*own, table.c.company_id.in_(sorted(tenant.only_in))]


def in_seen(
    tenant: Tenant, conversation_id: ColumnElement[Any], *, of_one_company: bool = False
) -> list[ColumnElement[bool]]:
    """The condition on a column that names a conversation; `of_one_company`: of one that is known to be seen."""
    own: list[ColumnElement[bool]] = []
    if tenant.only_conversation is not None:
        own.append(conversation_id == tenant.only_conversation)
    if tenant.only_of is not None:
        own.append(conversation_id.in_(_own(tenant, conversations.c.id)))
    if tenant.only_in is None or of_one_company:
        return own
    # By its key, one by one: there may be very many of a company.
    theirs = conversations.alias("theirs")
    is_seen = exists().where(
        theirs.c.organisation_id == tenant.organisation_id,
        theirs.c.id == conversation_id,
        theirs.c.company_id.in_(sorted(tenant.only_in)),
    )
    return [*own, is_seen]


def with_seen(tenant: Tenant, candidate_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """The condition on a column that names a candidate: a conversation with them is the person's own."""
    return [] if tenant.only_of is None else [candidate_id.in_(_own(tenant, conversations.c.candidate_id))]


def _own(tenant: Tenant, column: ColumnElement[Any]) -> Select[Any]:
    return select(column).where(
        conversations.c.organisation_id == tenant.organisation_id, conversations.c.assignee_id == tenant.only_of
    )
