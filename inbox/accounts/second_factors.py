"""A second factor beside the password: six digits of an app, new every 30 s (TOTP, RFC 6238), each good once.

The secret is sealed and bound to its user. A code of the step before or after counts too, as clocks differ.
"""

import hmac
from dataclasses import dataclass

import pyotp
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from inbox import clock
from inbox.accounts import factor_mails, login_failures, recovery_codes, users
from inbox.accounts.users import User
from inbox.errors import Invalid, Refused
from inbox.languages import _
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import second_factors as table
from inbox.storage.vault import Vault

APP = "Shared Inbox"
"""How authenticator apps name us."""
DRIFT_STEPS = 1
_DIGITS = 6
WRONG = _("This code is not right, or it was used already. Wait for the next one.")


@dataclass(frozen=True, slots=True)
class Setup:
    """What an app is told to make codes: as text for people who type, and as an address (otpauth:) in a picture."""

    secret: str
    address: str

    @property
    def grouped(self) -> str:
        """The secret in groups of four."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


async def begin(tenant: Tenant, vault: Vault, user: User) -> None:
    """A new secret, which counts once a code of it was shown. Raises Refused where there is one that counts."""
    if user.has_second_factor:
        raise Refused(_("Two-factor sign-in is on. Turn it off first to set it up anew."))
    sealed = vault.seal(pyotp.random_base32(), bound_to=_place(tenant, user.id))
    await tenant.execute(
        insert(table)
        .values(organisation_id=tenant.organisation_id, user_id=user.id, secret=sealed)
        .on_conflict_do_update(index_elements=["organisation_id", "user_id"], set_={"secret": sealed, "last_step": 0})
    )


async def setup(tenant: Tenant, vault: Vault, user: User) -> Setup | None:
    """What the app is to be told; None when it was not begun, or is done: then it is shown to nobody any more."""
    secret = None if user.has_second_factor else await _secret(tenant, vault, user.id)
    if secret is None:
        return None
    return Setup(secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=APP))


async def confirm(tenant: Tenant, vault: Vault, user: User, code: str) -> list[str]:
    """From now on a code is asked for; the recovery codes, which are shown once. In a transaction.

    Raises Invalid for a wrong code, Refused where it was not begun.
    """
    if user.has_second_factor or await _secret(tenant, vault, user.id) is None:
        raise Refused(_("Begin to set it up first."))
    if not await is_current(tenant, vault, user.id, code):
        raise Invalid({"code": WRONG})
    await users.change(tenant, user.id, second_factor_at=db_now())
    return await recovery_codes.renew(tenant, user.id)


async def is_current(tenant: Tenant, vault: Vault, user_id: str, code: str) -> bool:
    """Whether the app shows this code now; it and all before it are used up by that."""
    typed, secret = "".join(code.split()), await _secret(tenant, vault, user_id)
    step = None if secret is None else _step(secret, typed)
    if step is None:
        return False
    used = await tenant.fetch_val(
        update(table)
        .where(*_of(tenant, user_id), table.c.last_step < step)
        .values(last_step=step)
        .returning(table.c.last_step)
    )
    return used is not None


async def prove(tenant: Tenant, vault: Vault, secret_key: str, user: User, code: str, *, address: str) -> None:
    """A code of the app or a recovery code, from an IP address; it is used up.

    Raises Invalid, and TooMany: the codes of an account are guessed at no faster than its password.
    """
    tried = login_failures.attempt(secret_key, f"code {user.id}", address)
    reserved = await login_failures.reserve(tenant.database, tried)
    if not await is_current(tenant, vault, user.id, code):
        async with tenant.transaction():
            if not await recovery_codes.use_up(tenant, user.id, code):
                raise Invalid({"code": WRONG})
            await factor_mails.recovered(tenant, user, await recovery_codes.left(tenant, user.id))
    await login_failures.forgive(tenant.database, tried, reserved)


async def end(tenant: Tenant, user_id: str) -> None:
    """The password is enough again; secret and recovery codes are forgotten. In a transaction."""
    await tenant.execute(delete(table).where(*_of(tenant, user_id)))
    await recovery_codes.end_all(tenant, user_id)
    await users.change(tenant, user_id, second_factor_at=None)


def _step(secret: str, code: str) -> int | None:
    """The step whose code this is; each is looked at, so that how long it takes tells nothing."""
    if len(code) != _DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    totp = pyotp.TOTP(secret, digits=_DIGITS)
    now = totp.timecode(clock.now())
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)]
    return right[0] if right else None


async def _secret(tenant: Tenant, vault: Vault, user_id: str) -> str | None:
    sealed = await tenant.fetch_val(select(table.c.secret).where(*_of(tenant, user_id)))
    return None if sealed is None else vault.open(sealed, bound_to=_place(tenant, user_id))


def _place(tenant: Tenant, user_id: str) -> str:
    return f"second_factors.secret:{tenant.organisation_id}:{user_id}"


def _of(tenant: Tenant, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (table.c.organisation_id == tenant.organisation_id, table.c.user_id == user_id)
