"""Which addresses of the network are anybody's to ask: none inside a company, of this machine, or of its cloud."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

Resolve = Callable[[str], Awaitable[list[str]]]
"""The IP addresses of a host; raises OSError."""

# These carry an IPv4 address that a gateway or tunnel may turn back into it: RFC 6052, 8215, 4291 and 2765.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")))


async def resolve_https(host: str) -> list[str]:
    """The addresses of a host, as this machine knows them; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Private(Exception):
    """The name leads into a private network."""


class NoSuchHost(OSError):
    """Nobody knows this name."""


async def address_of(host: str, resolve: Resolve, *, to_private: bool) -> str:
    """The address to go to; every one of the name's has to be public, so that none is left to chance.

    Raises NoSuchHost, and Private unless `to_private`.
    """
    try:
        found = await resolve(host)
    except OSError as error:
        raise NoSuchHost from error
    if not found:
        raise NoSuchHost
    if not to_private and not all(map(is_public, found)):
        raise Private
    return found[0]


def may_be_public(host: str) -> bool:
    """False for this machine and the number of a private one; a name is looked up each time that it is asked."""
    try:
        return host != "localhost" and is_public(host)
    except ValueError:
        return True


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet, and hides no other one."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and _hides_another(address):
        return False
    return address.is_global and not address.is_multicast


def _hides_another(address: ipaddress.IPv6Address) -> bool:
    is_tunnelled = address.ipv4_mapped or address.sixtofour or address.teredo
    return is_tunnelled is not None or any(address in network for network in _TRANSLATED)
