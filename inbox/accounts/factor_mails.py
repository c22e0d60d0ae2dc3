"""What people are mailed about their second factor, so that nobody takes it from them unseen."""

from inbox.accounts.users import User
from inbox.languages import _, ngettext
from inbox.storage import mails
from inbox.storage.database import Tenant

_PATH = "/account"


async def turned_off(tenant: Tenant, user: User) -> None:
    """The person turned it off."""
    await _post(
        tenant, user, _("Two-factor sign-in is off"), _("Signing in takes your password alone from now on, no code.")
    )


async def reset(tenant: Tenant, user: User, by: str) -> None:
    """An admin did."""
    words = _(
        "%(name)s has reset your two-factor sign-in. Signing in takes your password alone until you set it up.", name=by
    )
    await _post(tenant, user, _("Your two-factor sign-in was reset"), words)


async def recovered(tenant: Tenant, user: User, left: int) -> None:
    """A recovery code was used."""
    words = ngettext(
        "One of your recovery codes was used to sign in. %(num)s is left.",
        "One of your recovery codes was used to sign in. %(num)s are left.",
        left,
    )
    await _post(tenant, user, _("A recovery code was used"), words)


async def _post(tenant: Tenant, user: User, subject: str, words: str) -> None:
    not_you = _("If you did not expect this, tell an admin of your organisation at once, and change your password.")
    await mails.post(
        tenant,
        user.id,
        user.email,
        reader=user.reader,
        subject=subject,
        paragraphs=[_("Hello %(name)s,", name=user.first_name), words, not_you],
        path=_PATH,
        link_words=_("Open your account"),
    )
