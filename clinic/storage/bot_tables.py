"""What the bot's database keeps of conversations, found by the names of its columns: counted, and erased.

The bot belongs to another runtime, and its channels have tables of their own; one with a column of these names is
found by itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Column, Connection, MetaData, Table, create_engine, func, select
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from clinic.storage.failures import storage_errors
from clinic.storage.models import Base
from clinic.storage.presence import sqlite_path

CONVERSATION_COLUMNS = ("sender_id", "conversation")
EVENTS = "events"
# It says that a chat was ended, by a random id, for as long as its token lives: without it the chat would open again.
KEPT = frozenset({"website_ended_sessions"})
_LOCK_SECONDS = 15


def held_of(url: URL, conversations: set[str]) -> dict[str, int]:
    """Return for each table of the bot how many rows belong to these conversations.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """
    with _tables(url) as (connection, tables):
        return {
            table.name: connection.scalar(select(func.count()).select_from(table).where(column.in_(conversations))) or 0
            for table, column in tables
        }


def erase_conversations(url: URL, is_meant: Callable[[str], bool], *, until: float | None = None) -> dict[str, int]:
    """Delete conversations from every table of the bot.

    Args:
        url: the bot's database.
        is_meant: says of an id whether that conversation is to go.
        until: only what was stored with a time up to then (Unix time), where a table says it: what a patient writes
            afterwards is another conversation.

    Returns:
        The number of rows by table.

    Raises:
        StorageUnavailable: nothing was deleted.
    """
    erased: dict[str, int] = {}
    with _tables(url) as (connection, tables):
        for table, column in tables:
            erased[table.name] = 0
            for (conversation,) in connection.execute(select(column).distinct()).all():
                if not conversation or not is_meant(conversation):
                    continue
                rows = table.delete().where(column == conversation)
                if until is not None and "timestamp" in table.c:
                    rows = rows.where(table.c.timestamp <= until)
                elif until is not None:
                    continue
                erased[table.name] += connection.execute(rows).rowcount
    return erased


@contextmanager
def _tables(url: URL) -> Iterator[tuple[Connection, list[tuple[Table, Column[str]]]]]:
    """Open the database, when there is one, with its tables that name conversations, in one transaction."""
    path = sqlite_path(url)
    missing = path is not None and not path.exists()
    options = {"connect_args": {"timeout": _LOCK_SECONDS}} if path is not None else {}
    engine = create_engine("sqlite://" if missing else url, poolclass=NullPool, hide_parameters=True, **options)
    try:
        with storage_errors(), engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            metadata = MetaData()
            metadata.reflect(connection)
            found = [(table, _conversation_column(table)) for table in metadata.tables.values()]
            yield connection, [(table, column) for table, column in found if column is not None]
    finally:
        engine.dispose()


def _conversation_column(table: Table) -> Column[str] | None:
    if table.name in Base.metadata.tables or table.name in KEPT:
        return None
    return next((table.c[name] for name in CONVERSATION_COLUMNS if name in table.c), None)
