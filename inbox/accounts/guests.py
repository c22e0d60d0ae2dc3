"""Guests: people from outside who see one conversation, without the team's notes, until a day that was set."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func

from inbox import clock
from inbox.accounts import inviting, sessions, team, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import users as table

LONGEST_DAYS = 90


async def invite(
    tenant: Tenant, actor: User, *, conversation_id: str, email: str, name: str, until: str, organisation: str
) -> User:
    """Invite somebody to a conversation until the end of a day in the actor's zone (ISO 8601). Raises Invalid."""
    expires_at = _end_of(until, actor.zone)
    async with tenant.transaction():
        known = await users.by_email(tenant.database, email)
        if known is None or known.organisation_id != tenant.organisation_id or known.guest_of is None:
            known, _password = await team.add(tenant, actor, email=email, name=name, role=Role.GUEST.value)
        await users.change(
            tenant,
            known.id,
            guest_of=conversation_id,
            expires_at=expires_at,
            deactivated_at=None,
            invited_at=func.coalesce(table.c.invited_at, db_now()),
        )
        # Whoever was a guest elsewhere keeps no open page of that.
        await sessions.end_all(tenant, known.id)
        return await inviting.post(tenant, actor, await users.find(tenant, known.id), organisation)


async def of(tenant: Tenant, conversation_id: str) -> Sequence[User]:
    """The guests of a conversation whose time is not over, by name."""
    rows = await tenant.fetch_all(
        users.selected()
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.guest_of == conversation_id,
            sessions.may_sign_in(),
        )
        .order_by(func.lower(table.c.name), table.c.id)
    )
    return [users.read(row) for row in rows]


async def end(tenant: Tenant, conversation_id: str, user_id: str) -> Sequence[str]:
    """A guest sees nothing any more; the hashes of the sessions that ended. Raises NotFound."""
    guest = await users.find(tenant, user_id)
    if guest.guest_of != conversation_id:
        raise NotFound
    return await users.deactivate(tenant, user_id)


def _end_of(until: str, zone: ZoneInfo) -> datetime:
    """The end of a day, as a moment (UTC)."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise Invalid({"until": _("Enter a day.")}) from None
    today = clock.now().astimezone(zone).date()
    if not today <= day <= today + timedelta(days=LONGEST_DAYS):
        raise Invalid({"until": _("Choose a day within %(days)s days from today.", days=LONGEST_DAYS)})
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
