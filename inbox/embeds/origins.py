"""The pages that may show a thread: the organisation's list of origins, as browsers write them (RFC 6454, 6.2)."""

from collections.abc import Sequence
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.tables import embed_origins as table

MOST = 20
"""Of an organisation: each is a part of a header."""
_MOST_CHARACTERS = 300
_DEFAULT_PORTS = {"https": 443, "http": 80}
_OWN_COMPUTER = frozenset({"localhost", "127.0.0.1", "::1"})


async def add(tenant: Tenant, typed: str) -> str:
    """Let the thread stand on pages of this origin, which is answered as it is stored. Raises Invalid."""
    origin = checked(typed)
    if len(await all_of(tenant)) >= MOST:
        raise Invalid({"origin": _("There are %(most)s origins already. Remove one first.", most=MOST)})
    added = await tenant.fetch_val(
        insert(table)
        .values(organisation_id=tenant.organisation_id, origin=origin)
        .on_conflict_do_nothing(index_elements=["organisation_id", "origin"])
        .returning(table.c.origin)
    )
    if added is None:
        raise Invalid({"origin": _("%(origin)s is in the list already.", origin=origin)})
    return origin


async def remove(tenant: Tenant, origin: str) -> None:
    """Let it stand there no more; raises NotFound."""
    gone = await tenant.fetch_val(
        delete(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.origin == origin)
        .returning(table.c.origin)
    )
    if gone is None:
        raise NotFound


async def all_of(tenant: Tenant) -> Sequence[str]:
    """The organisation's origins, in the order of the alphabet."""
    rows = await tenant.fetch_all(
        select(table.c.origin).where(table.c.organisation_id == tenant.organisation_id).order_by(table.c.origin)
    )
    return [row.origin for row in rows]


def checked(typed: str) -> str:
    """An origin as a browser writes it: scheme, host, and the port where it is not the scheme's own. Raises Invalid."""
    text = typed.strip()
    if not text or len(text) > _MOST_CHARACTERS or "://" not in text:
        raise _wrong(_("Enter an origin such as https://ats.example.com."))
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _wrong(_("Enter an origin such as https://ats.example.com.")) from None
    try:
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _wrong(_("The port has to be a number from 1 to 65535.")) from None
    _refuse(text, host, port)
    if parts.scheme == "http" and host not in _OWN_COMPUTER:
        raise _wrong(_("It has to begin with https://. Only your own computer, http://localhost, may do without."))
    if parts.scheme not in _DEFAULT_PORTS:
        raise _wrong(_("It has to begin with https://."))
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc or text.endswith(("?", "#")):
        raise _wrong(
            _("Leave out everything but scheme, host and port: an origin has no name, path or slash at its end.")
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


def _refuse(text: str, host: str, port: int | None) -> None:
    """Raise Invalid for a host that is none, or more than one."""
    if "*" in text:
        raise _wrong(_("Name each host for itself: a * would let in pages that somebody else makes."))
    if not text.isascii():
        raise _wrong(_("Write the host as browsers send it, with xn-- in place of letters such as ü."))
    if port == 0 or (text.endswith(":")):
        raise _wrong(_("The port has to be a number from 1 to 65535."))
    if ":" in host:
        try:
            IPv6Address(host)
        except ValueError:
            raise _wrong(_("Enter an origin such as https://ats.example.com.")) from None
    elif not all(label and label.replace("-", "").replace("_", "").isalnum() for label in host.split(".")):
        raise _wrong(_("Enter an origin such as https://ats.example.com."))


def _wrong(sentence: str) -> Invalid:
    return Invalid({"origin": sentence})
