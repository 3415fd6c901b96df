"""One database with its keys: engine, schema at first use, and the check that the keys fit."""

import os
import sqlite3
import threading
from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.errors import StorageUnavailable
from clinic.keys import KEY_CHECK, Keyring
from clinic.settings import Settings, make_private_directory
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.failures import storage_errors
from clinic.storage.models import KeyCheckRow
from clinic.storage.presence import check_exists, read_url, sqlite_path
from clinic.storage.requests import index_missing
from clinic.storage.schema import check_schema, ensure_schema
from clinic.storage.types import bind_keyring


class Database:
    """An engine whose tables are made and whose key is checked before its first use.

    Making one connects to nothing, so that a service starts while its database is still down.

    Args:
        url: SQLAlchemy URL, sqlite:// or postgresql+psycopg://.
        keyring: keys of the encrypted columns.
        trail: keys and checkpoints of the audit.
        timeout: seconds to wait for a connection or a lock.

    Raises:
        SettingsError: the URL cannot be read.
    """

    def __init__(self, url: str, keyring: Keyring, trail: AuditTrail, *, timeout: int = 5) -> None:
        self._url = read_url(url)
        self.keyring = keyring
        self.trail = trail
        self.engine = _make_engine(self._url, timeout)
        bind_keyring(self.engine, keyring)
        self._is_ready = False
        self._lock = threading.Lock()

    @classmethod
    def from_settings(cls, settings: Settings, keyring: Keyring, *, make_key: bool = True) -> "Database":
        """Return the database that the settings name; `make_key`: the audit's key may be made."""
        trail = AuditTrail.from_settings(settings, make_key=make_key)
        return cls(settings.resolved_database_url, keyring, trail, timeout=settings.storage_timeout_seconds)

    def ready(self) -> None:
        """Create or upgrade the tables and check the key; after the first success this does nothing.

        Raises:
            StorageUnavailable: the database cannot be reached or written.
            SchemaError: it was written by a newer version of Marrow.
            DataKeyMismatch: the key does not fit the data.
        """
        with self._lock:
            if self._is_ready:
                return
            self._make_sqlite_file()
            ensure_schema(self.engine)
            with storage_errors():
                self._check_key()
                self._index_missing()
            self._is_ready = True

    def open_existing(self) -> None:
        """Check tables and key and change nothing, for tools that only read.

        Raises:
            SchemaError: there is no database yet, or it is of another version.
            StorageUnavailable: it cannot be reached.
            DataKeyMismatch: the key does not fit the data.
        """
        check_exists(self._url.render_as_string(hide_password=False))
        check_schema(self.engine)
        with storage_errors():
            self._check_key()
        self._is_ready = True

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _check_key(self) -> None:
        with Session(self.engine) as session:
            if session.scalar(select(KeyCheckRow.text).where(KeyCheckRow.id == 1)) is not None:
                return
            session.add(KeyCheckRow(id=1, text=KEY_CHECK))
            try:
                session.commit()
            except IntegrityError:
                # Another process was first; reading its row checks that both have the same key.
                session.rollback()
                session.scalar(select(KeyCheckRow.text).where(KeyCheckRow.id == 1))

    def _index_missing(self) -> None:
        """Index what an older version stored; a migration has no key to do it with."""
        with Session(self.engine) as session:
            while index_missing(session, self.keyring):
                session.commit()
                session.expunge_all()

    def _make_sqlite_file(self) -> None:
        """Make the file ourselves, because SQLite would make one that everybody on the machine may read."""
        path = sqlite_path(self._url)
        if path is None:
            return
        try:
            make_private_directory(path.parent)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StorageUnavailable(
                f"The database {path} cannot be opened: {error.strerror}. "
                "Make its directory one that this account may write, or set MARROW_DATA_DIR."
            ) from error


def _make_engine(url: URL, timeout: int) -> Engine:
    # hide_parameters: an error text must not quote what a patient said.
    common: dict[str, Any] = {"hide_parameters": True, "pool_timeout": timeout}
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": timeout}, **common)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    milliseconds = timeout * 1000
    limits = f"-c lock_timeout={milliseconds} -c statement_timeout={milliseconds * 2}"
    own_options = url.query.get("options", "")
    return create_engine(
        url,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": max(timeout, 2),  # the driver's least
            "options": f"{limits} {own_options}",
        },
        **common,
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys=ON")
    # Overwrite what is deleted: a withdrawal is a promise to erase.
    connection.execute("PRAGMA secure_delete=ON")
