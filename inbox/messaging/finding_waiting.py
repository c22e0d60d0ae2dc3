"""Who waits longest of a view with words, a tag, a job or past days, however many or few wait.

As for the newest ones, the first of the list are asked, and more of them while many are shown. Where few are, the index
names all that may be, whenever they were written to: they are few then, and can be sorted.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select

from inbox.messaging import finding
from inbox.messaging.conditions import of_list
from inbox.messaging.finding import AMPLE, Place
from inbox.messaging.views import View
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations

_since, _id = conversations.c.waiting_since, conversations.c.id


async def first(tenant: Tenant, view: View, now: datetime, most: int, *, after: Place | None = None) -> list[str]:
    """The ids of the conversations that wait longest, `most` at most, those behind the place `after` if it is given."""
    answers = await tenant.fetch_all(_asked_one_by_one(tenant, view, now, after).limit(finding.ASKED_FIRST))
    ids = [row.id for row in answers if row.is_shown]
    if len(ids) >= most or len(answers) < finding.ASKED_FIRST:
        return ids[:most]
    if len(ids) >= finding.OFTEN:
        more = AMPLE * finding.ASKED_FIRST * (most - len(ids)) // len(ids)
        answers = await tenant.fetch_all(_asked_one_by_one(tenant, view, now, _place(answers[-1])).limit(more))
        ids += [row.id for row in answers if row.is_shown]
        if len(ids) >= most or len(answers) < more:
            return ids[:most]
    named = finding.by_index(tenant, view, now, now, None)
    rows = await tenant.fetch_all(_longest_first(named, tenant, view, now, _place(answers[-1])).limit(most - len(ids)))
    return ids + [row.id for row in rows]


def _place(row: Any) -> Place:
    return row.waiting_since, row.id


def _asked_one_by_one(tenant: Tenant, view: View, now: datetime, after: Place | None) -> Select[Any]:
    """Those who wait longest, with whether the view shows each."""
    query = select(_id, _since, finding.is_shown(view, now)).select_from(conversations)
    return _longest_first(query, tenant, view, now, after)


def _longest_first(query: Select[Any], tenant: Tenant, view: View, now: datetime, after: Place | None) -> Select[Any]:
    query = query.where(
        conversations.c.organisation_id == tenant.organisation_id,
        conversations.c.last_message_at.is_not(None),
        of_list(view, now),
    ).order_by(_since, _id.desc())
    if after is None:
        return query
    return query.where(_since >= after[0], or_(_since > after[0], _id < after[1]))
