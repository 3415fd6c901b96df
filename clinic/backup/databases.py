"""Copies one database into a file while it is in use, and back."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL

from clinic.errors import BackupError
from clinic.storage.presence import sqlite_path

_LOCK_SECONDS = 30
_CLIENT = "Install PostgreSQL's client programs (Debian: postgresql-client), at least as new as the server"


def kind_of(url: URL) -> str:
    """Return "sqlite" or "postgresql"."""
    return url.get_backend_name()


def dump(url: URL, target: Path) -> None:
    """Copy a database as it is at one moment; nothing that runs on it has to stop.

    Raises:
        BackupError: it cannot be read, or is damaged.
    """
    path = sqlite_path(url)
    if path is None:
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password", f"--file={target}"], url)
    else:
        _dump_sqlite(path, target)


def _dump_sqlite(path: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_LOCK_SECONDS)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            # What is committed but still in the write-ahead log comes along.
            source.backup(copy)
            [problem] = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{path} cannot be copied ({error})") from None
    if problem != "ok":
        raise BackupError(f"{path} is damaged ({problem}): restore the last good backup")


def load_postgresql(url: URL, dump_file: Path, *, replace: bool) -> None:
    """Fill a database from its copy in one transaction, after dropping the tables it has.

    Raises:
        BackupError: it is in use, has tables though `replace` is False, or cannot be written; nothing is changed.
    """
    tables = _tables(url)
    if tables and not replace:
        raise BackupError(f"the database {url.database} holds tables already: add --replace to replace them")
    script = dump_file.with_suffix(".sql")
    _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump_file)])
    drop = dump_file.with_suffix(".drop.sql")
    # The audit's own function is no table, and the copy makes it anew.
    gone = [f"DROP TABLE IF EXISTS {table} CASCADE;" for table in tables]
    drop.write_text("\n".join([*gone, "DROP FUNCTION IF EXISTS marrow_append_only();", ""]), encoding="utf-8")
    options = ["--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    _run(["psql", *options, "--output=/dev/null", f"--file={drop}", f"--file={script}"], url)


def _tables(url: URL) -> list[str]:
    try:
        with psycopg.connect(_conninfo(url), connect_timeout=5) as connection:
            others = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            ).fetchone()
            if others and others[0]:
                raise BackupError(
                    f"{others[0]} other connections use the database {url.database}: stop Marrow and whatever else "
                    "is connected, then try again"
                )
            found = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
    except psycopg.OperationalError:
        raise BackupError(f"the database {url.database} cannot be reached: check that it runs, and its URL") from None
    return [name for (name,) in found]


def _conninfo(url: URL, *, password: bool = True) -> str:
    parts = {"host": url.host, "port": url.port, "dbname": url.database, "user": url.username}
    if password:
        parts["password"] = url.password
    given = {name: value for name, value in {**url.query, **parts}.items() if value is not None}
    return make_conninfo(**given)  # type: ignore[arg-type]


def _run(command: list[str], url: URL | None = None) -> None:
    """Run one of PostgreSQL's programs; the password goes through the environment, which other users cannot read."""
    environment = dict(os.environ)
    if url is not None:
        command = [*command, f"--dbname={_conninfo(url, password=False)}"]
        if url.password:
            environment["PGPASSWORD"] = str(url.password)
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BackupError(f"{command[0]} is not installed. {_CLIENT}.") from None
    if done.returncode:
        # Only the first line: later ones may quote rows.
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise BackupError(f"{command[0]} failed: {reason}")
