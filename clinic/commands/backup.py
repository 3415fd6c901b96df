"""`marrow backup` and `marrow restore`."""

from pathlib import Path
from typing import Annotated

import typer

from clinic.backup.make import make_backup
from clinic.backup.parts import CONVERSATIONS, Part
from clinic.backup.restore import restore_backup
from clinic.commands.output import existing_clinic, minute
from clinic.errors import BackupError, SchemaError
from clinic.keys import Keyring
from clinic.settings import Settings, load_settings
from clinic.storage.data_key import backup_keyring, data_key_path, load_keyring


def backup(file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")]) -> None:
    """Write requests and conversations, encrypted, into one file. Marrow may go on running. No key is in it."""
    with existing_clinic() as clinic:
        keyring, settings = clinic.database.keyring, clinic.settings
    parts = make_backup(settings, keyring, _backup_keys(settings, keyring), file)
    typer.echo(f"{_named(parts)} written to {file}. Keep it apart from the keys and the erasure log:")
    typer.echo(f"  encrypted with  {'MARROW_BACKUP_KEY' if settings.backup_key else 'the data key'}")
    typer.echo(f"  erasure log     {settings.erasure_log_path}")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `marrow backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Give up the data that is there now.")] = False,
    without_erasures: Annotated[
        bool,
        typer.Option(
            "--without-erasures",
            help="Restore though the erasure log is lost: what was erased since the backup comes back.",
        ),
    ] = False,
) -> None:
    """Bring back a backup while Marrow is stopped; what patients had erased since is erased again first."""
    settings = load_settings()
    try:
        keyring = load_keyring(settings, make=False)
    except SchemaError:
        raise BackupError(
            f"the data key is missing: put your copy of it at {data_key_path(settings)}, or set MARROW_DATA_KEY, and "
            "do the same for the tracker key"
        ) from None
    done = restore_backup(
        settings,
        keyring,
        _backup_keys(settings, keyring),
        file,
        replace=replace,
        without_erasures=without_erasures,
    )
    typer.echo(f"{_named(done.parts)} restored as of {minute(done.made_at)} (UTC).")
    typer.echo(
        f"Erased again: {done.requests_erased} requests, {done.conversations_erased} conversations. "
        "Run `marrow doctor` before you start Marrow."
    )
    if not any(CONVERSATIONS in part.holds for part in done.parts):
        typer.echo("The backup holds no conversations.")
    if done.unreadable_lines:
        typer.echo(
            f"marrow: {done.unreadable_lines} lines of {settings.erasure_log_path} cannot be read and were skipped. "
            "Half a line is left by a power cut; if there are more, check the file.",
            err=True,
        )


def _backup_keys(settings: Settings, data_keys: Keyring) -> Keyring:
    return backup_keyring(settings) or data_keys


def _named(parts: list[Part]) -> str:
    return " and ".join(name for part in parts for name in part.holds).capitalize()
