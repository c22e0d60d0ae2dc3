"""The provider accounts by their channel tokens, remembered for the time when the database is away."""

import structlog

from inbox.errors import InboxError, NotFound
from inbox.provisioning import credentials
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Database
from inbox.storage.vault import Vault

_log = structlog.stdlib.get_logger(__name__)


class Channels:
    """Whose webhook address a token is: asked of the database each time, and known without it from then on."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._known: dict[str, ProviderAccount] = {}

    async def fill(self) -> None:
        """Learn all accounts; a database that is away leaves it to the first call of each."""
        try:
            accounts = await credentials.all_readable(self._database, self._vault)
        except InboxError as error:
            _log.warning("the provider accounts could not be read", reason=error.sentence)
            return
        self._known = {account.channel_token: account for account in accounts}

    async def find(self, channel_token: str) -> ProviderAccount:
        """The account as it stands in the database. Raises NotFound or Unavailable."""
        try:
            account = await credentials.by_channel_token(self._database, self._vault, channel_token)
        except NotFound:
            self._known.pop(channel_token, None)
            raise
        self._known[channel_token] = account
        return account

    def known(self, channel_token: str) -> ProviderAccount | None:
        """The account as it stood when the database last told of it; both tokens of a rotation are in it."""
        return self._known.get(channel_token)
