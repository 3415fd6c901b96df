"""Turns what the database driver raises into the few errors that callers can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from clinic.errors import ConcurrentChange, DuplicateRow, MarrowError, StorageUnavailable


def as_marrow_error(error: BaseException) -> MarrowError | None:
    """Return the error that callers know for a database error, or None for anything else.

    The text leaves out the driver's message, which may quote values or a password.
    """
    if isinstance(error, exc.IntegrityError):
        return DuplicateRow("this value is stored already")
    if isinstance(error, StaleDataError):
        return ConcurrentChange("the record was changed by somebody else; read it again")
    if (
        isinstance(error, exc.DatabaseError)
        and isinstance(error.orig, sqlite3.DatabaseError)
        and _is_damaged(error.orig)
    ):
        return StorageUnavailable(
            "The database's file is damaged. Stop Marrow, copy the file away, and restore the last good backup "
            "(docs/operations.md)."
        )
    lost = isinstance(error, exc.DBAPIError) and error.connection_invalidated
    unreachable = isinstance(
        error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError | sqlite3.OperationalError
    )
    if lost or unreachable:
        return StorageUnavailable(
            "The database cannot be reached or written now. Check that it runs and that MARROW_DATABASE_URL "
            "and the rights of its files are correct, then try again."
        )
    return None


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise StorageUnavailable, DuplicateRow or ConcurrentChange in place of the driver's errors."""
    try:
        yield
    except Exception as error:
        if translated := as_marrow_error(error):
            raise translated from error
        raise
