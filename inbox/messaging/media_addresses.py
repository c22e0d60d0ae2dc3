"""Public addresses of pictures that are sent: the provider fetches there, without an account here.

An address is sealed by the vault, so nobody can make or change one; it is good for as long as the text may wait at
the provider, and what it leads to is shown only while the text is on its way.
"""

from inbox import clock
from inbox.errors import NotFound
from inbox.storage.database import Tenant
from inbox.storage.vault import Vault, VaultError

PATH = "/media"
_BOUND_TO = "a public address of media"
_LONGEST = 1_000


def address(public_url: str, vault: Vault, tenant: Tenant, media_id: str, *, seconds: float) -> str:
    """Where the provider finds a picture for the next `seconds`."""
    told = f"{tenant.organisation_id} {media_id} {int(clock.now().timestamp() + seconds)}"
    return f"{public_url}{PATH}/{vault.seal(told, bound_to=_BOUND_TO).decode()}"


def opened(vault: Vault, token: str) -> tuple[int, str]:
    """The organisation and the id of the media that an address names; raises NotFound once it has expired."""
    if len(token) > _LONGEST:
        raise NotFound
    try:
        told = vault.open(token.encode(), bound_to=_BOUND_TO)
    except VaultError:
        raise NotFound from None
    organisation_id, media_id, until = told.split(" ")
    if clock.now().timestamp() > int(until):
        raise NotFound
    return int(organisation_id), media_id
