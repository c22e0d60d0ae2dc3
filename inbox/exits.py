"""How a command ends that cannot be done: with one sentence and exit code 1 instead of a traceback."""

from typing import Any

import click
from sqlalchemy.exc import OperationalError

from inbox.config import ConfigError
from inbox.errors import InboxError
from inbox.storage.vault import VaultError


class Commands(click.Group):
    """Says in one line what goes wrong on purpose, or for want of a database. Anything else is a fault of ours."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; raises ClickException."""
        try:
            return super().invoke(ctx)
        except OperationalError as error:
            reason = str(error.orig).partition("\n")[0]
            raise click.ClickException(f"The database cannot be used: {reason}") from error
        except (ConfigError, InboxError, VaultError) as error:
            raise click.ClickException(str(error)) from error
