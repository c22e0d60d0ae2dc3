"""How commands end: those that serve without delay, and those that cannot be done with one sentence and exit code 1."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from inbox.config import ConfigError
from inbox.errors import InboxError
from inbox.storage.vault import VaultError

_new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
with suppress(ImportError):  # there is none for Windows
    import uvloop

    _new_loop = uvloop.new_event_loop


class Commands(click.Group):
    """Says in one line what goes wrong on purpose, or for want of a database. Anything else is a fault of ours."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; raises ClickException."""
        try:
            return super().invoke(ctx)
        except (ConfigError, InboxError, VaultError) as error:
            raise click.ClickException(_sentence(error)) from error


def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run until done; Ctrl C is a clean end."""
    _spare_the_collector()
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(work)
    # Python looks through everything for garbage before it ends, half a second long, and there is none of interest.
    gc.freeze()


def _spare_the_collector() -> None:
    """What was loaded stays, so it is not looked through again; and nothing here leaves circles behind by the thousand.

    Under webhooks this is a sixth of a process's time, and most of the pauses.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _sentence(error: Exception) -> str:
    """Whoever types a command can mend what a visitor of a page need not know: why the database is away."""
    if isinstance(error.__cause__, OperationalError):
        reason = str(error.__cause__.orig).partition("\n")[0]
        return f"The database cannot be used: {reason}"
    return str(error)
