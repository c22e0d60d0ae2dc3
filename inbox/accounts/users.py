"""Users: the people who sign in, each in one organisation with one role."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from inbox import clock
from inbox.accounts import keepers, memberships, password_links, passwords, reading, revoking, sessions, time_zones
from inbox.accounts.roles import ALLOWED, OF_ALL, Act, Role
from inbox.errors import Invalid, NotFound, too_long
from inbox.languages import _
from inbox.languages.readers import Reader
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import organisations, users

# One "@", something on both sides, no blank: whether the mailbox exists only a letter to it can tell.
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. `zone` is the person's own time zone, else the organisation's."""

    id: str
    organisation_id: int
    email: str
    name: str
    role: Role
    zone: ZoneInfo
    deactivated: bool
    invited: bool
    """Whether the person has still to choose a first password, by the link of a mail."""
    mails: bool
    """Whether notifications that stay unread are mailed."""
    reader: Reader
    """How the person reads: zone, language, days and hours."""
    every_company: bool
    """Whether the person works in every company, also in those to come."""
    own_only: bool = False
    """Whether the person sees only the conversations that were given to them."""
    guest_of: str | None = None
    """The id of the one conversation that the person was invited to see, until `expires_at` (UTC)."""
    expires_at: datetime | None = None
    mobile: str | None = None
    """Their own phone (E.164), to which they send tests."""
    has_second_factor: bool = False
    """Whether signing in takes a code beside the password."""

    @property
    def first_name(self) -> str:
        """What colleagues call the person: the name up to its first blank."""
        return self.name.split(maxsplit=1)[0]

    @property
    def role_words(self) -> str:
        """The role as people read it: "Company Admin"."""
        return self.role.words

    @property
    def sees_every_company(self) -> bool:
        """Whether nothing of the organisation is another company's to this person."""
        return self.every_company or self.role is Role.ORGANISATION_ADMIN

    def may(self, act: Act) -> bool:
        """Whether the person's role includes this."""
        if self.guest_of is not None:
            return act is Act.THREAD
        return act in ALLOWED[self.role] and not (self.own_only and act in OF_ALL)

    def sight(self, tenant: Tenant) -> Tenant:
        """The organisation as this person may see it."""
        return replace(tenant, only_of=self.id if self.own_only else None, only_conversation=self.guest_of)

    @property
    def may_have_conversations(self) -> bool:
        """Whether conversations can be given to the person: to answer them, or to be shown these and no others."""
        return self.may(Act.REPLY) or self.own_only


async def create(
    tenant: Tenant, *, email: str, name: str, role: Role, password: str | None, time_zone: str | None = None
) -> User:
    """A new user; without a password, for single sign-on, none that opens anything.

    Raises Invalid, also when somebody in the whole installation has this e-mail already.
    """
    zone = None if time_zone is None else time_zones.named(time_zone).key
    if password is not None:
        passwords.check(password)
    values = {
        "organisation_id": tenant.organisation_id,
        "id": new_id(),
        "email": checked_email(email),
        "name": checked_name(name),
        "role": role.value,
        "password_hash": passwords.NOBODY if password is None else await passwords.hashed(password),
        "time_zone": zone,
    }
    created = await tenant.fetch_val(
        insert(users).values(values).on_conflict_do_nothing(index_elements=["email"]).returning(users.c.id)
    )
    if created is None:
        raise Invalid({"email": _("Somebody signs in with this e-mail already.")})
    return await find(tenant, created)


async def find(tenant: Tenant, user_id: str) -> User:
    """One user of this organisation, deactivated ones too; raises NotFound."""
    row = await tenant.fetch_one(
        selected().where(users.c.organisation_id == tenant.organisation_id, users.c.id == user_id)
    )
    if row is None:
        raise NotFound
    return read(row)


async def by_email(database: Database, email: str) -> User | None:
    """Whoever signs in with this e-mail, in any organisation; capitals do not matter."""
    row = await database.fetch_one(selected().where(users.c.email == normal_email(email)))
    return None if row is None else read(row)


async def who_may(tenant: Tenant, act: Act, *, in_company: str | None = None) -> list[User]:
    """Everybody who can sign in and whose role includes `act`, by name; of a company those who work there."""
    roles = [role.value for role in Role if act in ALLOWED[role]]
    able: list[ColumnElement[bool]] = [users.c.deactivated_at.is_(None), users.c.role.in_(roles)]
    if in_company is not None:
        able.append(memberships.works_in(in_company))
    query = selected().where(users.c.organisation_id == tenant.organisation_id, *able)
    rows = await tenant.fetch_all(query.order_by(func.lower(users.c.name), users.c.id))
    return [user for user in map(read, rows) if user.may(act)]


async def who_may_have_conversations(tenant: Tenant, *, in_company: str | None = None) -> list[User]:
    """Everybody who can sign in and can be given conversations, by name; of a company those who work there."""
    able = await who_may(tenant, Act.READ, in_company=in_company)
    return [user for user in able if user.may_have_conversations]


async def set_password(tenant: Tenant, user_id: str, password: str) -> list[str]:
    """Give the user another password and end every session that the old one opened, and every link to choose one.

    The answer is the hashes of those sessions, whose sockets are to be dismissed. Raises Invalid, NotFound.
    """
    passwords.check(password)
    password_hash = await passwords.hashed(password)
    async with tenant.transaction():
        await change(tenant, user_id, password_hash=password_hash, invited_at=None)
        await password_links.end_all(tenant, user_id)
        await revoking.end_companions(tenant, user_id)
        await revoking.end_second_steps(tenant, user_id)
        return await sessions.end_all(tenant, user_id)


async def deactivate(tenant: Tenant, user_id: str) -> list[str]:
    """Shut somebody out at once, on every device; what the person wrote stays.

    The answer is the hashes of the ended sessions, whose sockets are to be dismissed. Raises NotFound, Refused.
    """
    async with tenant.transaction():
        await keepers.spare(tenant, user_id)
        await change(tenant, user_id, deactivated_at=func.coalesce(users.c.deactivated_at, db_now()))
        await password_links.end_all(tenant, user_id)
        await revoking.end_companions(tenant, user_id)
        await revoking.end_second_steps(tenant, user_id)
        await revoking.end_api_tokens(tenant, user_id)
        return await sessions.end_all(tenant, user_id)


_OWN = ("id", "organisation_id", "email", "name", "role", "deactivated_at", "invited_at", "mails", "mobile")
_SIGHT = ("own_only", "every_company", "guest_of", "expires_at", "second_factor_at")


def selected(*more: ColumnElement[Any]) -> Select[Any]:
    """The query whose rows `read` understands: users with their organisation, and the columns in `more`."""
    return select(
        *(users.c[name] for name in (*_OWN, *_SIGHT)),
        func.coalesce(users.c.time_zone, organisations.c.time_zone).label("zone"),
        *reading.columns(),
        *more,
    ).join_from(users, organisations, organisations.c.id == users.c.organisation_id)


def read(row: Any) -> User:
    """A User from a row of `selected`; a guest whose time is over cannot sign in either."""
    is_over = row["expires_at"] is not None and row["expires_at"] <= clock.now()
    return User(
        id=row["id"],
        organisation_id=row["organisation_id"],
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        zone=ZoneInfo(row["zone"]),
        deactivated=row["deactivated_at"] is not None or is_over,
        invited=row["invited_at"] is not None,
        mails=bool(row["mails"]),
        reader=reading.reader(row, row["zone"]),
        own_only=bool(row["own_only"]),
        mobile=row["mobile"],
        every_company=bool(row["every_company"]),
        guest_of=row["guest_of"],
        expires_at=row["expires_at"],
        has_second_factor=row["second_factor_at"] is not None,
    )


def normal_email(text: str) -> str:
    """An e-mail as it is stored and looked up: no blanks around it, lower case."""
    return text.strip().lower()


async def change(tenant: Tenant, user_id: str, **values: Any) -> None:
    """Set columns of a user's row; raises NotFound."""
    changed = await tenant.fetch_val(
        update(users)
        .where(users.c.organisation_id == tenant.organisation_id, users.c.id == user_id)
        .values(**values)
        .returning(users.c.id)
    )
    if changed is None:
        raise NotFound


def checked_email(text: str) -> str:
    """An e-mail as it is stored; raises Invalid for what cannot be one."""
    email = normal_email(text)
    if not _EMAIL.fullmatch(email):
        raise Invalid({"email": _("Enter an e-mail such as jo@example.com.")})
    return email


def checked_name(text: str) -> str:
    """A name without superfluous blanks; raises Invalid."""
    name = " ".join(text.replace("\x00", "").split())
    if not name:
        raise Invalid({"name": _("Enter a name.")})
    if len(name) > MOST_NAME:
        raise Invalid({"name": too_long(len(name), MOST_NAME)})
    return name
