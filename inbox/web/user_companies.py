"""In which companies a user works: as a form says, and who else works in all of them."""

from inbox.accounts import companies, memberships, sessions, team, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.languages import _
from inbox.web.access import Who, note
from inbox.web.forms import Form


def typed(me: Who, form: Form) -> list[str] | None:
    """The companies that were ticked, None for every one: also where there is only one, and nothing to choose."""
    if len(me.companies) < 2 and me.user.sees_every_company:
        return None
    return None if form.raw("every_company") else form.every("company")


async def keep(me: Who, other: User, wanted: list[str] | None) -> list[str]:
    """Let somebody work in these companies; the hashes of the sessions that end by it. Raises Invalid."""
    if not await _have_changed(me, other, wanted):
        return []
    await team.set_companies(me.tenant, me.user, other.id, wanted)
    await note(me, "user", _("changed the companies of %(email)s", email=other.email))
    return await sessions.end_all(me.tenant, other.id) if other.id != me.user.id else []


async def _have_changed(me: Who, other: User, wanted: list[str] | None) -> bool:
    """Whether the companies that were ticked are others than before. Organisation Admins work everywhere anyway."""
    if other.role is Role.ORGANISATION_ADMIN:
        return False
    if wanted is None or other.every_company:
        return (wanted is None) != other.every_company
    return set(wanted) != {company.id for company in await companies.of(me.tenant, other)}


async def heirs(me: Who, other: User) -> list[User]:
    """Who can take somebody's conversations over: whoever answers candidates in all companies where they are."""
    able = await users.who_may_have_conversations(me.tenant)
    theirs = {company.id for company in await companies.of(me.tenant, other)}
    known = await memberships.all_of(me.tenant)
    return [user for user in able if user.sees_every_company or theirs <= known.get(user.id, frozenset())]
