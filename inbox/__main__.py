"""The commands, which are loaded when they are named."""

import gc
from importlib import import_module

import click

from inbox.exits import Commands

NAMES = (
    "run",
    "serve",
    "worker",
    "migrate",
    "erase",
    "purge",
    "backup",
    "restore",
    "restored",
    "seed",
    "sandbox",
    "info",
    "user",
    "top-up",
    "doctor",
)


class OnDemand(Commands):
    """Loads the one command that was asked for, as a good part of a start is spent on reading code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names in the order of the help."""
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, None when there is none."""
        if cmd_name not in NAMES:
            return None
        # Code that is read leaves no garbage, and looking for it takes a seventh of the time.
        gc.disable()
        found: click.Command = import_module(f"inbox.commands.{cmd_name.replace('-', '_')}").command
        gc.enable()
        return found


@click.group(cls=OnDemand)
def main() -> None:
    """Shared Inbox: candidates' texts, live for the whole team."""


if __name__ == "__main__":
    main()
