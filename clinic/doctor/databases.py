"""Looks at both databases: there, whole, of this version, and readable with the keys that are here."""

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import column, create_engine, inspect, select, table
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from clinic.doctor.findings import Finding, Level, ok, problem
from clinic.errors import DataKeyMismatch, MarrowError
from clinic.keys import Keyring
from clinic.notify.senders import senders_of
from clinic.settings import Settings, keys_of
from clinic.storage.conversations import TRACKER_KEY_FILE, tracker_keys
from clinic.storage.data_key import data_key_path, load_keyring
from clinic.storage.database import Database
from clinic.storage.failures import storage_errors
from clinic.storage.presence import holds_data, read_url, sqlite_path
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

_EVENTS = table("events", column("id"), column("data"))
_REACH = "Check that it runs, its URL, and the rights of its files."
_RESTORE = "Stop Marrow and restore the last good backup (docs/operations.md)."


def database_findings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found about requests, conversations, and the programs that back them up."""
    requests = read_url(settings.resolved_database_url)
    conversations = read_url(settings.resolved_tracker_url, "MARROW_TRACKER_URL")
    found = _requests(settings, requests)
    yield found
    if found.level is Level.OK:
        yield from _messages(settings, requests)
    yield _conversations(settings, conversations, environment)
    for url in {requests, conversations}:
        if url.get_backend_name() == "postgresql":
            yield from _client_programs(url)


def _requests(settings: Settings, url: URL) -> Finding:
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return ok("requests", f"{path} does not exist yet; the first start makes it")
    if path is not None and (damage := _damage(path)):
        return problem("requests", f"{path} is damaged ({damage})", _RESTORE)
    if not keys_of(settings.data_key) and not data_key_path(settings).exists() and not _holds_data(settings):
        return ok("requests", "no data and no data key yet; the first start makes both")
    try:
        database = Database.from_settings(settings, load_keyring(settings, make=False), make_key=False)
        try:
            database.open_existing()
        finally:
            database.dispose()
    except MarrowError as error:
        return problem("requests", str(error), "Then look again.")
    return ok("requests", f"{path or url.database}: reachable, and the data key fits")


def _messages(settings: Settings, url: URL) -> Iterator[Finding]:
    """Say what the clinic should have been told and was not."""
    path, channels = sqlite_path(url), tuple(senders_of(settings))
    if not channels or (path is not None and not path.exists()):
        return
    database = Database.from_settings(settings, load_keyring(settings, make=False), make_key=False)
    try:
        database.open_existing()
        with SqlAlchemyUnitOfWork(database) as uow:
            failed = [message for message in uow.outbox.waiting(channels) if message.problem]
    finally:
        database.dispose()
    if not failed:
        yield ok("messages to the clinic", "none has failed")
        return
    oldest = failed[0]
    yield problem(
        "messages to the clinic",
        f"{len(failed)} could not be delivered, the oldest since {oldest.created_at:%Y-%m-%d %H:%M} UTC "
        f"({oldest.channel}: {oldest.problem})",
        "Mend the mail server or web address in the settings; Marrow goes on trying (`marrow messages waiting`).",
    )


def _holds_data(settings: Settings) -> bool:
    try:
        return holds_data(settings.resolved_database_url)
    except MarrowError:
        return True  # not known; the next look says why


def _conversations(settings: Settings, url: URL, environment: Mapping[str, str]) -> Finding:
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return ok("conversations", f"{path} does not exist yet; the first start makes it")
    if path is not None and (damage := _damage(path)):
        return problem("conversations", f"{path} is damaged ({damage})", _RESTORE)
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        with storage_errors(), engine.connect() as connection:
            if not inspect(connection).has_table(_EVENTS.name):
                return ok("conversations", "no table yet; the bot's first start makes it")
            token = connection.scalar(select(_EVENTS.c.data).order_by(_EVENTS.c.id.desc()).limit(1))
    except MarrowError:
        return problem("conversations", f"{path or url.database} cannot be reached (MARROW_TRACKER_URL)", _REACH)
    return _readable(token, tracker_keys(settings, environment), str(path or url.database))


def _readable(token: str | None, keys: list[str], name: str) -> Finding:
    if token is None:
        return ok("conversations", f"{name}: reachable and empty")
    if not keys:
        return problem(
            "conversations",
            f"{name} holds conversations, and their key is missing",
            f"Put back your copy of {TRACKER_KEY_FILE} in the data directory, or set MARROW_TRACKER_KEY.",
        )
    try:
        Keyring(keys).decrypt(token)
    except (DataKeyMismatch, ValueError):
        return problem(
            "conversations",
            f"{name} was written with another key",
            "Set MARROW_TRACKER_KEY to the key of these conversations, behind the new one if you are changing keys.",
        )
    return ok("conversations", f"{name}: reachable, and the tracker key fits")


def _damage(path: Path) -> str:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        return ""  # locked, or not ours to open: the next look says so
    except sqlite3.Error as error:
        return str(error)
    return "" if found == "ok" else str(found).replace("\n", " ")


def _client_programs(url: URL) -> Iterator[Finding]:
    to_do = "Install PostgreSQL's client programs (Debian: postgresql-client), at least as new as the server."
    missing = [name for name in ("pg_dump", "pg_restore", "psql") if shutil.which(name) is None]
    if missing:
        yield problem("backups", f"{', '.join(missing)} cannot be found, so that no backup can be made", to_do)
        return
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with storage_errors(), engine.connect() as connection:
            server = int(str((connection.dialect.server_version_info or (0,))[0]))
    except MarrowError:
        return  # said already
    printed = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=False).stdout
    client = int((re.search(r"(\d+)", printed) or ["0", "0"])[1])
    if client < server:
        yield problem("backups", f"pg_dump {client} is older than the server ({server})", to_do)
    else:
        yield ok("backups", f"pg_dump {client} for server {server}")
