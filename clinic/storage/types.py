"""Column types: encrypted text, encrypted JSON, and times that are always UTC."""

import json
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import DateTime, Dialect, Engine, Text
from sqlalchemy.types import TypeDecorator

from clinic.keys import Keyring

# Types are declared once for all engines, keys belong to one: SQLAlchemy hands a type the engine's dialect.
_keyrings: WeakKeyDictionary[Dialect, Keyring] = WeakKeyDictionary()


def bind_keyring(engine: Engine, keyring: Keyring) -> None:
    """Let the encrypted columns of this engine use these keys."""
    _keyrings[engine.dialect] = keyring


class EncryptedText(TypeDecorator[str]):
    """Text that is stored as a Fernet token; None stays NULL.

    Reading raises DataKeyMismatch when no key of the engine's keyring fits.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else _keyrings[dialect].encrypt(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else _keyrings[dialect].decrypt(value)


class EncryptedJSON(TypeDecorator[Any]):
    """A JSON value that is stored as a Fernet token; None stays NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else _keyrings[dialect].encrypt(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Decrypt on the way out."""
        return None if value is None else json.loads(_keyrings[dialect].decrypt(value))


class UTCDateTime(TypeDecorator[datetime]):
    """A time with its zone, stored in UTC; a time without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC on the way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC; SQLite forgets the zone and PostgreSQL answers in the session's."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
