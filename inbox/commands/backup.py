"""`inbox backup`: a copy of the database in one file, while everything runs."""

from pathlib import Path

import click

from inbox import backups, config, embedded
from inbox.backups import Manifest
from inbox.commands.settings import settings


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verify", "verifies", is_flag=True, help="Only read FILE again and say whether it is whole.")
def command(file: Path, verifies: bool) -> None:
    """Write a backup to the new FILE, which its owner alone can read, and read it again.

    It holds the database with all pictures and files of texts. It holds neither the keys of INBOX_VAULT_KEYS, without
    which Twilio's secrets in it do not open, nor calls that still lie in the spool.
    """
    if not verifies:
        environ = config.environment()
        chosen = settings(
            embedded.environment(environ) if embedded.begun_here(environ) else environ, needs_secrets=False
        )
        backups.make(chosen.database_url, file, keys=chosen.vault_keys)
    click.echo(words(backups.verify(file), file))


def words(manifest: Manifest, file: Path) -> str:
    """What a backup is, as a line."""
    return f"{file} is whole: {manifest.database}, {manifest.bytes:,} bytes, of {manifest.made_at} (UTC)."
