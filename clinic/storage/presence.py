"""Says whether a database holds data, before there is a key to open it with."""

from pathlib import Path

from sqlalchemy import create_engine, func, inspect, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from clinic.errors import SchemaError, SettingsError
from clinic.storage.failures import storage_errors
from clinic.storage.models import KeyCheckRow

_SECONDS = 5


def read_url(url: str, variable: str = "MARROW_DATABASE_URL") -> URL:
    """Return a database URL in its parts.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise SettingsError(f"{variable}: is not a database URL") from None


def sqlite_path(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for PostgreSQL and for memory."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def check_exists(url: str) -> None:
    """Check that the file of a SQLite database is there.

    Raises:
        SchemaError: it is not.
    """
    path = sqlite_path(read_url(url))
    if path is not None and not path.exists():
        raise SchemaError(f"There is no database at {path} yet. Start Marrow, or run `marrow db upgrade`.")


def holds_data(url: str) -> bool:
    """Say whether something was stored in a database, under whatever key.

    Raises:
        StorageUnavailable: it cannot be reached.
    """
    place = read_url(url)
    path = sqlite_path(place)
    if path is not None:
        # A key is always made before its database, so that a file with anything in it had one.
        return path.exists() and path.stat().st_size > 0
    if place.get_backend_name() == "sqlite":
        return False
    engine = create_engine(place, poolclass=NullPool, connect_args={"connect_timeout": _SECONDS})
    with storage_errors(), engine.connect() as connection:
        if not inspect(connection).has_table(KeyCheckRow.__tablename__):
            return False
        return connection.scalar(select(func.count()).select_from(KeyCheckRow)) != 0
