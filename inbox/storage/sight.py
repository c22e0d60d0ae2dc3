"""Which conversations the person behind a query may see: all, or those alone that were given to them.

`Tenant.only_of` decides. Whatever shows somebody a conversation, a text, a note, or a number made of them asks here
for its condition, which is none where everything may be seen; a thread is asked for in `conversations.find`.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from inbox.storage.database import Tenant
from inbox.storage.tables import conversations


def seen(tenant: Tenant, table: Any = conversations) -> list[ColumnElement[bool]]:
    """The condition on rows of `conversations`, or of an alias of it."""
    return [] if tenant.only_of is None else [table.c.assignee_id == tenant.only_of]


def in_seen(tenant: Tenant, conversation_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """The condition on a column that names a conversation."""
    return [] if tenant.only_of is None else [conversation_id.in_(_own(tenant, conversations.c.id))]


def with_seen(tenant: Tenant, candidate_id: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """The condition on a column that names a candidate: a conversation with them may be seen."""
    return [] if tenant.only_of is None else [candidate_id.in_(_own(tenant, conversations.c.candidate_id))]


def _own(tenant: Tenant, column: ColumnElement[Any]) -> Select[Any]:
    return select(column).where(
        conversations.c.organisation_id == tenant.organisation_id, conversations.c.assignee_id == tenant.only_of
    )
