"""The banner that says how few segments are left: to everybody when there are none, before that to who can top up."""

from collections.abc import Iterable, Sequence

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.billing import balance
from inbox.billing.balance import Balance
from inbox.languages import _, gathered, ngettext
from inbox.storage.database import Tenant

Banner = tuple[str, str]

LOW, VERY_LOW = 25, 10
"""Percent of the last top-up."""


async def banners(tenant: Tenant, user: User) -> Sequence[Banner]:
    """The kind and the sentence, for this user; none while there is enough."""
    left = await balance.find(tenant)
    if not left.is_empty:
        return _low(left) if user.may(Act.BILLING) else ()
    return [_empty(await users.who_may(tenant, Act.BILLING), user.id)]


async def banners_of_all(tenant: Tenant, user_ids: Iterable[str]) -> dict[str, Sequence[Banner]]:
    """The same for many users, by their ids."""
    left, payers = await balance.find(tenant), await users.who_may(tenant, Act.BILLING)
    if left.is_empty:
        return {user_id: [_empty(payers, user_id)] for user_id in user_ids}
    pay = {user.id for user in payers}
    return {user_id: _low(left) if user_id in pay else () for user_id in user_ids}


def _empty(payers: Sequence[User], user_id: str) -> Banner:
    if user_id in {payer.id for payer in payers}:
        return "danger", gathered((balance.NONE_LEFT, _("Top up under Settings, Billing log.")))
    names = ", ".join(payer.name for payer in payers)
    ask = _("Ask an admin (%(names)s).", names=names) if names else _("Ask an admin.")
    return "danger", gathered((balance.NONE_LEFT, ask))


def _low(left: Balance) -> Sequence[Banner]:
    if left.percent > LOW:
        return ()
    words = ngettext(
        "%(num)s segment left. Top up under Settings, Billing log.",
        "%(num)s segments left. Top up under Settings, Billing log.",
        left.left,
    )
    return [("warn" if left.percent <= VERY_LOW else "info", words)]
