"""Mails that let somebody choose a password: the invitation of a new user, and the way back of one who forgot it."""

from collections.abc import Sequence
from datetime import timedelta

from inbox.accounts import keepers, password_links, passwords, team, users
from inbox.accounts.users import User
from inbox.errors import Invalid, Refused
from inbox.languages import _, moments
from inbox.storage import mails
from inbox.storage.columns import db_now
from inbox.storage.database import Database, Tenant

GONE = _("This link has been used, or its time is over. Ask for a new one.")


async def invite(tenant: Tenant, actor: User, user_id: str, organisation: str) -> User:
    """Mail an invitation, also once more, to somebody who has not chosen a password yet.

    Raises NotFound, NotAllowed, Refused for who has one.
    """
    other = await team.manageable(tenant, actor, user_id)
    if not other.invited or other.deactivated:
        raise Refused(_("%(name)s can sign in already, or was shut out.", name=other.first_name))
    await post(tenant, actor, other, organisation)
    return other


async def add(tenant: Tenant, actor: User, *, email: str, name: str, role: str, organisation: str) -> User:
    """A new user whose password nobody knows, and the invitation to choose one. Raises Invalid."""
    async with tenant.transaction():
        created, _ = await team.add(tenant, actor, email=email, name=name, role=role)
        await users.change(tenant, created.id, invited_at=db_now())
        await post(tenant, actor, created, organisation)
    return await users.find(tenant, created.id)


async def forgot(database: Database, email: str) -> None:
    """Mail a link to whoever signs in with this e-mail and a password; nothing happens for an e-mail of nobody."""
    person = await users.by_email(database, email)
    if person is None or person.deactivated:
        return
    closed = await keepers.closed(database, email)
    if closed is not None and closed.bars(person.organisation_id, person.id):
        return
    await mails.post(
        Tenant(database, person.organisation_id),
        person.id,
        person.email,
        kind=mails.RESET,
        reader=person.reader,
        subject=_("Choose a new password"),
        paragraphs=[
            _("Hello %(name)s,", name=person.first_name),
            _(
                "somebody, probably you, asked for a new password for Shared Inbox. "
                "The link works once, within an hour. "
                "If it was not you, do nothing: your password stays as it is."
            ),
        ],
        link_words=_("Choose a new password"),
    )


async def choose(database: Database, token: str, password: str) -> tuple[User, Sequence[str]]:
    """Keep the password that the bearer of a mailed link chose; the hashes of the sessions that ended by it.

    Raises Refused for a link that is over, which includes a used one; Invalid for the password.
    """
    bearer = await password_links.bearer(database, token)
    if bearer is None:
        raise Refused(GONE)
    try:
        passwords.check(password)
    except Invalid as error:
        raise Invalid({"new": error.sentence}) from error
    tenant = Tenant(database, bearer.organisation_id)
    async with tenant.transaction():
        if not await password_links.use_up(tenant, token):
            raise Refused(GONE)
        ended = await users.set_password(tenant, bearer.user_id, password)
    return await users.find(tenant, bearer.user_id), ended


async def post(tenant: Tenant, actor: User, other: User, organisation: str) -> User:
    """Promise the invitation of somebody new, or of a guest; the same person."""
    await mails.post(
        tenant,
        other.id,
        other.email,
        kind=mails.INVITATION,
        reader=other.reader,
        subject=_("%(name)s invites you to %(organisation)s", name=actor.name, organisation=organisation),
        paragraphs=[
            _("Hello %(name)s,", name=other.first_name),
            _invited(actor, other, organisation),
        ],
        link_words=_("Choose a password"),
    )
    return other


def _invited(actor: User, other: User, organisation: str) -> str:
    if other.guest_of is None or other.expires_at is None:
        return _(
            "%(name)s invites you to text candidates with %(organisation)s in Shared Inbox. "
            "You sign in as %(email)s. The link works once, within seven days.",
            name=actor.name,
            organisation=organisation,
            email=other.email,
        )
    return _(
        "%(name)s invites you to read a conversation of %(organisation)s in Shared Inbox, until %(day)s. "
        "You sign in as %(email)s. The link works once, within seven days.",
        name=actor.name,
        organisation=organisation,
        email=other.email,
        day=moments.day(other.expires_at - timedelta(minutes=1), actor.zone),
    )
