"""The keys on this machine: from the settings, or the file that development keeps in the data directory."""

import os
import stat
import tempfile
from pathlib import Path

from clinic.errors import SchemaError, SettingsError
from clinic.keys import MAKE_A_KEY, Keyring, generate_key, key_problem, split_keys
from clinic.settings import Settings, keys_of, make_private_directory
from clinic.storage.presence import holds_data

_OWNER_ONLY = 0o600


def backup_keyring(settings: Settings) -> Keyring | None:
    """Return the keys of backups; None when they have none of their own."""
    keys = keys_of(settings.backup_key)
    return Keyring(keys) if keys else None


def data_key_path(settings: Settings) -> Path:
    """Where development keeps its data key."""
    return settings.data_dir / "data.key"


def load_keyring(settings: Settings, *, make: bool = True) -> Keyring:
    """Return the data keys; in development without one, make and keep one in the data directory.

    Args:
        settings: `data_key` goes before the file in the data directory.
        make: False never makes one. Otherwise one is made only while the database holds no data: a new key beside
            data of an old one would only hide its loss.

    Raises:
        SettingsError: the key file cannot be made or read, holds no key, or is missing beside data.
        SchemaError: there are neither data nor a key yet, and `make` is False.
        StorageUnavailable: there is no key yet, and the database that may hold data cannot be reached.
    """
    if given := keys_of(settings.data_key):
        return Keyring(given)
    path = data_key_path(settings)
    try:
        if not path.exists() and _may_be_made(settings, path, make=make):
            make_private_directory(settings.data_dir)
            write_once(path, generate_key() + "\n")
        if stat.S_IMODE(path.stat().st_mode) != _OWNER_ONLY:
            path.chmod(_OWNER_ONLY)
        keys = split_keys(path.read_text(encoding="utf-8").replace("\n", ","))
    except OSError as error:
        raise SettingsError(
            f"The development data key {path} cannot be used: {error.strerror}. "
            "Make MARROW_DATA_DIR a directory that this account may write, or set MARROW_DATA_KEY."
        ) from None
    if not keys or any(key_problem(key, strict=False) for key in keys):
        raise SettingsError(f"{path} holds no data key. Restore it, or set MARROW_DATA_KEY; {MAKE_A_KEY}.")
    return Keyring(keys)


def _may_be_made(settings: Settings, path: Path, *, make: bool) -> bool:
    """Say whether a key is to be made; False when another process has just made it."""
    holds = holds_data(settings.resolved_database_url)
    # A process that starts at the same moment makes the key before it makes data.
    if path.exists():
        return False
    if holds:
        raise SettingsError(
            f"The data key {path} is missing, and no new one is made here: what is stored can only be read "
            "with its own key. Put back your copy of the file, or set MARROW_DATA_KEY to the key. "
            "If the key is lost for good, see docs/operations.md."
        )
    if not make:
        raise SchemaError("There are neither data nor a data key yet. Start Marrow, or run `marrow db upgrade`.")
    return True


def write_once(path: Path, text: str) -> None:
    """Create a private file unless it exists; of several processes starting together, one wins."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        Path(temporary).unlink()
