"""Keys of the bot's runtime and the column type that keeps patients' words encrypted."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from rasa.shared.exceptions import RasaException

MAKE_KEY = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


@dataclass(frozen=True)
class KeySetting:
    """One secret: the variable that sets it, development's file for it, and why it is needed."""

    variable: str
    file_name: str
    reason: str
    locks: str = ""
    """The file in the data directory that cannot be read without this secret."""


DATABASE_FILE = "conversations.db"
TRACKER_KEY = KeySetting("MARROW_TRACKER_KEY", "tracker.key", "conversations must be encrypted", DATABASE_FILE)
SESSION_KEY = KeySetting("MARROW_SESSION_KEY", "session.key", "website sessions must be signed with a secret")
ACTIONS_SECRET = KeySetting("MARROW_ACTIONS_SECRET", "actions.key", "the action server must know its bot")


def read_keys(data_dir: Path, environment: str, value: str | None, setting: KeySetting) -> list[str]:
    """The keys of `setting`, newest first.

    `value` is the comma-separated setting. Without one, development makes a key once and keeps it in
    `data_dir`; anything else is refused with a RasaException that says what to do, and so is a missing key
    beside data that only it can read.
    """
    if value:
        return [key.strip() for key in value.split(",") if key.strip()]
    if environment != "development":
        raise RasaException(
            f"{setting.variable} is not set: {setting.reason} outside development. Make a key with: {MAKE_KEY}"
        )
    key_file = data_dir / setting.file_name
    # Another process that starts at the same moment makes the key before it makes data.
    if not key_file.exists() and holds_data(data_dir, setting) and not key_file.exists():
        raise RasaException(
            f"The key {key_file} is missing, and no new one is made here: {data_dir / setting.locks} can only be "
            f"read with its own key. Put back your copy of the file, or set {setting.variable} to the key. "
            "If the key is lost for good, see docs/operations.md."
        )
    return [kept_key(key_file)]


def holds_data(data_dir: Path, setting: KeySetting) -> bool:
    """Whether the data directory holds something that only the secret of `setting` can read."""
    locked = data_dir / setting.locks
    return bool(setting.locks) and locked.exists() and locked.stat().st_size > 0


def kept_key(key_file: Path) -> str:
    """The key in `key_file`, made on first use, readable by its owner only."""
    if not key_file.exists():
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = key_file.with_name(f".{key_file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
        try:
            # Two processes may start together: a link appears whole or not at all, and the first stays.
            os.link(draft, key_file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return key_file.read_text(encoding="ascii").strip()


class EncryptedText(sa.types.TypeDecorator):
    """Text that is encrypted on its way into the database and decrypted on its way out."""

    impl = sa.Text
    # SQLAlchemy keeps a statement's text for columns whose arguments of __init__ are attributes of equal value.
    cache_ok = True

    def __init__(self, keys: list[str], mark: str = "") -> None:
        """`mark` tells columns of other keys apart; nobody needs to give it, and the keys themselves stay hidden."""
        super().__init__()
        self.mark = mark or secrets.token_hex(8)
        try:
            self._cipher = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise RasaException(f"{TRACKER_KEY.variable} holds no valid key. Make one with: {MAKE_KEY}") from error

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Encrypts."""
        return None if value is None else self._cipher.encrypt(value.encode()).decode("ascii")

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        """Decrypts; raises RasaException when the key is not the one that the data was written with."""
        if value is None:
            return None
        try:
            return self._cipher.decrypt(value.encode("ascii")).decode()
        except InvalidToken as error:
            raise RasaException(
                f"A stored conversation cannot be read: {TRACKER_KEY.variable} is not the key it was written with."
            ) from error
