"""The secret that opens the action server: from the settings, or a file that development keeps."""

import re
from pathlib import Path

from clinic.errors import SettingsError
from clinic.keys import MAKE_A_KEY, generate_key, split_keys
from clinic.settings import Settings, keys_of, make_private_directory
from clinic.storage.data_key import write_once

# Fits into a header as it is.
_SECRET = re.compile(r"[A-Za-z0-9_=-]{32,}")
FILE = "actions.key"


def load_actions_secrets(settings: Settings) -> list[str]:
    """The secrets that open the action server; in development without one, make and keep one in the data directory.

    The bot reads the same file (bot/server_access.py); whichever of the two comes first makes it.

    Raises:
        SettingsError: there is none in production, it is weak, or the file cannot be made or read.
    """
    secrets, name = keys_of(settings.actions_secret), "MARROW_ACTIONS_SECRET"
    if settings.actions_secret is None:
        if settings.environment == "production":
            raise SettingsError(
                f"MARROW_ACTIONS_SECRET: is required in production, the same for bot and action server; {MAKE_A_KEY}"
            )
        path = settings.data_dir / FILE
        secrets, name = _kept(path), str(path)
    if not secrets or not all(_SECRET.fullmatch(secret) for secret in secrets):
        raise SettingsError(f"{name}: needs 32 or more letters, digits, - _ or =; {MAKE_A_KEY}")
    return secrets


def _kept(path: Path) -> list[str]:
    """What development's file holds; the file is made when it is not there."""
    try:
        make_private_directory(path.parent)
        if not path.exists():
            write_once(path, generate_key() + "\n")
        path.chmod(0o600)
        return split_keys(path.read_text(encoding="utf-8").replace("\n", ","))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(
            f"The development key {path} cannot be used: {reason}. "
            "Make MARROW_DATA_DIR a directory that this account may write, or set MARROW_ACTIONS_SECRET."
        ) from None
