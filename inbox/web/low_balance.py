"""The banner that says how few segments are left: to everybody when there are none, before that to who can top up."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.billing import balance, log
from inbox.billing.balance import Balance
from inbox.languages import _, gathered, ngettext
from inbox.languages.sentences import Sentence
from inbox.storage.database import Tenant

LOW, VERY_LOW = 25, 10
"""Percent of the last top-up."""
MOST_DAYS = 365


class Banner(NamedTuple):
    """What stands above every page; `tops_up` for who can do something about it."""

    kind: str
    sentence: str
    tops_up: bool = True


async def banners(tenant: Tenant, user: User) -> Sequence[Banner]:
    """The kind and the sentence, for this user; none while there is enough."""
    left = await balance.find(tenant)
    if not left.is_empty:
        return await _low(tenant, left) if user.may(Act.BILLING) else ()
    return [_empty(await users.who_may(tenant, Act.BILLING), user.id)]


async def banners_of_all(tenant: Tenant, user_ids: Iterable[str]) -> dict[str, Sequence[Banner]]:
    """The same for many users, by their ids."""
    left, payers = await balance.find(tenant), await users.who_may(tenant, Act.BILLING)
    if left.is_empty:
        return {user_id: [_empty(payers, user_id)] for user_id in user_ids}
    low, pay = await _low(tenant, left), {user.id for user in payers}
    return {user_id: low if user_id in pay else () for user_id in user_ids}


def _empty(payers: Sequence[User], user_id: str) -> Banner:
    if user_id in {payer.id for payer in payers}:
        return Banner("danger", balance.NONE_LEFT)
    names = ", ".join(payer.name for payer in payers)
    ask = _("Ask an admin (%(names)s).", names=names) if names else _("Ask an admin.")
    return Banner("danger", gathered((balance.NONE_LEFT, ask)), tops_up=False)


async def _low(tenant: Tenant, left: Balance) -> Sequence[Banner]:
    if left.percent > LOW:
        return ()
    segments = ngettext("%(num)s segment left.", "%(num)s segments left.", left.left)
    pace = lasts(await log.days_left(tenant))
    return [Banner("warn" if left.percent <= VERY_LOW else "info", gathered((segments, pace)) if pace else segments)]


def lasts(days: int | None) -> Sentence | None:
    """For how many days the balance lasts, as a sentence; None when nobody can tell."""
    if days is None:
        return None
    if days == 0:
        return _("Less than a day at the pace of the last week.")
    if days > MOST_DAYS:
        return _("More than a year at the pace of the last week.")
    return ngettext(
        "About %(num)s day at the pace of the last week.", "About %(num)s days at the pace of the last week.", days
    )
