"""Brings a database to the schema that this version of Marrow expects, by the packaged migrations."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from clinic.errors import SchemaError
from clinic.storage.failures import storage_errors

_MIGRATIONS = "clinic.storage:migrations"
# Any number that nothing else in this database locks on.
_POSTGRES_LOCK = 7_267_769


def ensure_schema(engine: Engine) -> str:
    """Create or upgrade the tables; several processes may call it at once.

    Returns:
        The revision that the database is at.

    Raises:
        StorageUnavailable: the database cannot be reached or written.
        SchemaError: the database was written by a newer version.
    """
    with storage_errors():
        with engine.connect() as connection:
            present = _revision(connection)
        if present == latest_revision():
            return present
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:
                # Readers do not block the writer; the mode is kept in the file.
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        with engine.connect() as connection:
            _lock(connection)
            try:
                _upgrade(connection)
            except ProgrammingError as error:
                # Only the kind: a statement may name the server.
                kind = type(error.orig).__name__
                raise SchemaError(
                    f"The tables cannot be made or upgraded ({kind}): the role in MARROW_DATABASE_URL does not own "
                    "them. Their owner does it: `deploy/as-owner /etc/marrow db upgrade` (docs/operations.md)."
                ) from None
            connection.commit()
            return latest_revision()


def check_schema(engine: Engine) -> None:
    """Check that the database is at the expected revision, and change nothing.

    Raises:
        StorageUnavailable: the database cannot be reached.
        SchemaError: it has no tables yet, or those of another version.
    """
    with storage_errors(), engine.connect() as connection:
        present = _revision(connection)
    if present != latest_revision():
        check_known(present)
        state = "has no tables yet" if present is None else "was written by an older version of Marrow"
        raise SchemaError(f"The database {state}. Run `marrow db upgrade`.")


@cache
def latest_revision() -> str:
    """Return the revision that this version of Marrow expects."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", _MIGRATIONS)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _lock(connection: Connection) -> None:
    """Make a second process wait here, and hold the migration in one transaction on SQLite as well."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRES_LOCK})


def _upgrade(connection: Connection) -> None:
    check_known(_revision(connection))
    command.upgrade(_config(connection), "head")


def check_known(revision: str | None) -> None:
    """Check that a revision is one of this version of Marrow or of an older one.

    Raises:
        SchemaError: it is of a newer version.
    """
    if revision is None:
        return
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError:
        raise SchemaError(
            f"The database is at revision {revision}, which this version of Marrow does not know: "
            "it was written by a newer version. Install that version."
        ) from None
