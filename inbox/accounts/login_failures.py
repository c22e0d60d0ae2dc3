"""Failed sign-ins, and how long somebody who guesses has to wait.

Three counts stand side by side, each under its own subject:

* an e-mail from one address: five are free, then the wait doubles from one minute to one hour;
* an e-mail from everywhere: fifty are free, then the same waits. So one address cannot lock anybody out
  elsewhere, and many addresses together still cannot go on guessing;
* an address: twenty within a minute, whatever the e-mails.

Every attempt counts as failed before its password is looked at and is taken back when it was right: a thousand
attempts at once get no further than a thousand in a row. E-mails are kept as keyed hashes, whether they belong to
anybody or not.
"""

import hmac
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, text

from inbox.accounts.users import normal_email
from inbox.errors import TooMany
from inbox.languages import _, ngettext
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Database
from inbox.storage.tables import login_failures

FREE_FROM_ONE_ADDRESS = 5
FREE_FROM_EVERYWHERE = 50
MOST_A_MINUTE_FROM_AN_ADDRESS = 20

_MINUTE = 60
_LONGEST_WAIT = 3600
_REMEMBERED_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in, under the three subjects it counts for."""

    here: str
    everywhere: str
    address: str

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.address, self.everywhere, self.here)


def attempt(secret_key: str, email: str, address: str) -> Attempt:
    """The subjects of an e-mail tried from an IP address; an IPv6 neighbourhood (/64) is one address."""
    place = _place(address)
    whose = _keyed(secret_key, normal_email(email))
    return Attempt(
        here=f"email:{_keyed(secret_key, f'{whose} {place}')}",
        everywhere=f"email:{whose}",
        address=f"address:{place}",
    )


async def reserve(database: Database, tried: Attempt) -> list[int]:
    """Count an attempt as failed in advance; the answer is what `forgive` takes back.

    Raises TooMany, which counts nothing, when one of the limits is reached.
    """
    await _refuse(database, tried)
    async with database.transaction():
        await _one_at_a_time(database, tried)
        await _refuse(database, tried)
        rows = await database.fetch_all(
            insert(login_failures)
            .values([{"subject": subject} for subject in tried.subjects])
            .returning(login_failures.c.id)
        )
    return [row["id"] for row in rows]


async def forgive(database: Database, tried: Attempt, reserved: Collection[int]) -> None:
    """The password was right: the attempt did not fail, and the e-mail starts anew at this address.

    What else the address failed at stays, else whoever has one account could guess at others without end; and
    what failed elsewhere stays, else the owner's own sign-ins would give guessers another fifty.
    """
    await database.execute(
        delete(login_failures).where(
            or_(login_failures.c.id.in_(sorted(reserved)), login_failures.c.subject == tried.here)
        )
    )


async def prune(database: Database) -> None:
    """Forget failures of more than a day ago."""
    await database.execute(delete(login_failures).where(login_failures.c.at < db_later(-_REMEMBERED_SECONDS)))


async def _refuse(database: Database, tried: Attempt) -> None:
    seconds = max(
        await _growing_wait(database, tried.here, FREE_FROM_ONE_ADDRESS),
        await _growing_wait(database, tried.everywhere, FREE_FROM_EVERYWHERE),
        await _wait_of_address(database, tried.address),
    )
    if seconds > 0:
        raise TooMany(_("Too many attempts to sign in. Try again in %(time)s.", time=_words(seconds)), seconds=seconds)


async def _growing_wait(database: Database, subject: str, free: int) -> int:
    row: Any = await database.fetch_one(
        select(
            func.count().label("failures"),
            func.max(login_failures.c.at).label("last"),
            db_now().label("now"),
        ).where(login_failures.c.subject == subject, login_failures.c.at > db_later(-_REMEMBERED_SECONDS))
    )
    if row["failures"] < free:
        return 0
    wait = min(_MINUTE * 2 ** min(row["failures"] - free, 10), _LONGEST_WAIT)
    return _seconds_until(row["last"] + timedelta(seconds=wait), row["now"])


async def _wait_of_address(database: Database, subject: str) -> int:
    rows = await database.fetch_all(
        select(login_failures.c.at, db_now().label("now"))
        .where(login_failures.c.subject == subject, login_failures.c.at > db_later(-_MINUTE))
        .order_by(login_failures.c.at.desc())
        .limit(MOST_A_MINUTE_FROM_AN_ADDRESS)
    )
    if len(rows) < MOST_A_MINUTE_FROM_AN_ADDRESS:
        return 0
    return _seconds_until(rows[-1]["at"] + timedelta(seconds=_MINUTE), rows[-1]["now"])


async def _one_at_a_time(database: Database, tried: Attempt) -> None:
    """Let attempts that share a subject count one after the other; SQLite has one writer anyway."""
    if database.dialect == "postgresql":
        for subject in sorted(tried.subjects):
            await database.execute(
                text("select pg_advisory_xact_lock(hashtextextended(:subject, 0))").bindparams(subject=subject)
            )


def _seconds_until(end: datetime, now: datetime) -> int:
    return max(0, -int((now - end).total_seconds() // 1))


def _words(seconds: int) -> str:
    if seconds <= _MINUTE:
        return ngettext("%(num)s second", "%(num)s seconds", seconds)
    return ngettext("%(num)s minute", "%(num)s minutes", -(-seconds // _MINUTE))


def _place(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)


def _keyed(secret_key: str, words: str) -> str:
    digest = hmac.digest(secret_key.encode(), f"login {words}".encode("utf-8", "surrogatepass"), "sha256")
    return digest.hex()[:40]
