"""Recovery codes: for whoever has lost the app that makes codes. Shown once, kept as hashes, each used once."""

import secrets
from hashlib import sha256

from sqlalchemy import delete, func, insert, select

from inbox.storage.database import Tenant
from inbox.storage.tables import recovery_codes as table

NUMBER = 10
# Crockford's letters and figures, none of which is taken for another; 80 bits need no slow hash.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _GROUP = 16, 4
_MISREAD = str.maketrans("OIL", "011")


async def renew(tenant: Tenant, user_id: str) -> list[str]:
    """New codes of this user, which end those of before; stored nowhere as they are."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(NUMBER)]
    async with tenant.transaction():
        await end_all(tenant, user_id)
        rows = [
            {"organisation_id": tenant.organisation_id, "user_id": user_id, "code_hash": _hash(code)} for code in codes
        ]
        await tenant.execute(insert(table).values(rows))
    return ["-".join(code[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)) for code in codes]


async def use_up(tenant: Tenant, user_id: str, code: str) -> bool:
    """End this code; False when it is none of this user's, or none any more."""
    used = await tenant.fetch_val(
        delete(table)
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.user_id == user_id,
            table.c.code_hash == _hash(_as_made(code)),
        )
        .returning(table.c.user_id)
    )
    return used is not None


async def left(tenant: Tenant, user_id: str) -> int:
    """How many this user still has."""
    number: int = await tenant.fetch_val(
        select(func.count()).where(table.c.organisation_id == tenant.organisation_id, table.c.user_id == user_id)
    )
    return number


async def end_all(tenant: Tenant, user_id: str) -> None:
    """End every code of this user."""
    await tenant.execute(
        delete(table).where(table.c.organisation_id == tenant.organisation_id, table.c.user_id == user_id)
    )


def _as_made(typed: str) -> str:
    """Without the hyphens and blanks that people type, and with what they take a figure for put right."""
    return "".join(sign for sign in typed.upper() if sign.isalnum()).translate(_MISREAD)


def _hash(code: str) -> str:
    return sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
