"""Restores a backup: checked as a whole first, without what was erased since, and only while Marrow stands still."""

import json
import os
import socket
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy.engine import URL

from clinic import jobs_lock
from clinic.backup.databases import kind_of, load_postgresql
from clinic.backup.make import FORMAT, MANIFEST
from clinic.backup.parts import CONVERSATIONS, REQUESTS, Part, checksum, parts_of
from clinic.backup.replay import later_than, replay_on_conversations, replay_on_requests
from clinic.backup.sealed import SealedReader
from clinic.domain.actors import SYSTEM
from clinic.errors import BackupError
from clinic.keys import Keyring
from clinic.service.retention import purge
from clinic.settings import Settings, make_private_directory
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.erasure_log import Erasure, ErasureLog
from clinic.storage.schema import check_known
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork


@dataclass(frozen=True)
class Restored:
    """What a restore did: the backup's time, its parts, and how much was erased again."""

    made_at: datetime
    parts: list[Part]
    requests_erased: int
    conversations_erased: int
    unreadable_lines: int


def restore_backup(
    settings: Settings,
    data_keys: Keyring,
    backup_keys: Keyring,
    source: Path,
    *,
    replace: bool,
    without_erasures: bool = False,
) -> Restored:
    """Put a backup's databases in the place of those that the settings name.

    Args:
        settings: name the databases, of the same kinds as in the backup.
        data_keys: have to fit the requests in the backup.
        backup_keys: one of them made the backup.
        source: the backup.
        replace: give up the data that is there.
        without_erasures: go on though the erasure log is missing.

    Raises:
        BackupError: the backup cannot be used here, or something is in its way; no database is changed.
        StorageUnavailable: the erasure log is missing, or a database cannot be written.
        SchemaError: the backup was made by a newer version of Marrow.
    """
    _refuse_running(settings)
    make_private_directory(settings.data_dir)
    log = ErasureLog(settings.erasure_log_path)
    erasures, unreadable = ([], 0) if without_erasures and not log.path.exists() else log.read()
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".marrow-restore-") as name:
        folder = Path(name)
        manifest = _unpack(source, folder, backup_keys)
        data_keys.decrypt(manifest["key_check"])
        check_known(manifest["revision"])
        made_at = datetime.fromisoformat(manifest["made_at"])
        parts = _matching(manifest, settings)
        for part in parts:
            if part.path is not None and part.path.exists() and not replace:
                raise BackupError(f"{part.path} exists already: add --replace to replace it")
        later = later_than(erasures, made_at)
        counts = [_put_in_place(settings, data_keys, part, folder, later, replace=replace) for part in parts]
    return Restored(made_at, parts, sum(c[0] for c in counts), sum(c[1] for c in counts), unreadable)


def _unpack(source: Path, folder: Path, keyring: Keyring) -> dict[str, Any]:
    """Unpack everything and compare it with the manifest, before anything is touched."""
    try:
        with source.open("rb") as file:
            sealed = SealedReader(file, keyring)
            with tarfile.open(mode="r|gz", fileobj=cast(BinaryIO, sealed)) as archive:
                archive.extractall(folder, filter="data")
            while sealed.read(1024 * 1024):
                pass
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise BackupError(f"{source} cannot be read: {error.strerror or error}") from None
    except (tarfile.TarError, ValueError) as error:
        raise BackupError(f"{source} is damaged ({type(error).__name__}): take another copy of it") from None
    if manifest["format"] != FORMAT:
        raise BackupError(f"the backup was made by Marrow {manifest['marrow']}: restore it with that version")
    for part in manifest["parts"]:
        if checksum(folder / part["file"]) != part["sha256"]:
            raise BackupError(f"{source} is damaged ({part['file']}): take another copy of it")
    return manifest


def _matching(manifest: dict[str, Any], settings: Settings) -> list[Part]:
    here = {part.file_name: part for part in parts_of(settings)}
    found = []
    for described in manifest["parts"]:
        part = here.get(described["file"])
        if part is None:
            raise BackupError(
                "the backup holds requests and conversations in one database, and the settings name two, or the "
                "other way round: set MARROW_DATABASE_URL and MARROW_TRACKER_URL as they were"
            )
        if kind_of(part.url) != described["kind"]:
            raise BackupError(
                f"the backup's {described['file']} are of {described['kind']}, and the settings name "
                f"{kind_of(part.url)}: set MARROW_DATABASE_URL and MARROW_TRACKER_URL as they were"
            )
        found.append(part)
    return found


def _put_in_place(
    settings: Settings, keyring: Keyring, part: Part, folder: Path, erasures: Sequence[Erasure], *, replace: bool
) -> tuple[int, int]:
    dumped = folder / part.file_name
    if part.path is None:
        load_postgresql(part.url, dumped, replace=replace)
        return _forget(settings, keyring, part.holds, part.url, erasures)
    counts = _forget(settings, keyring, part.holds, URL.create("sqlite", database=str(dumped)), erasures)
    try:
        make_private_directory(part.path.parent)
        dumped.chmod(0o600)
        for suffix in ("-wal", "-shm", "-journal"):
            # What belongs to the old file must not be applied to the new one.
            part.path.with_name(part.path.name + suffix).unlink(missing_ok=True)
        os.replace(dumped, part.path)
    except OSError as error:
        raise BackupError(f"{part.path} cannot be written: {error.strerror}") from None
    return counts


def _forget(
    settings: Settings, keyring: Keyring, holds: tuple[str, ...], url: URL, erasures: Sequence[Erasure]
) -> tuple[int, int]:
    """Bring restored data to this version, and take out what was erased or is past its time."""
    requests = conversations = 0
    if REQUESTS in holds:
        text = url.render_as_string(hide_password=False)
        trail = AuditTrail.from_settings(settings)
        database = Database(text, keyring, trail, timeout=settings.storage_timeout_seconds)
        try:
            database.ready()
            requests = replay_on_requests(database, erasures, datetime.now(UTC))
            purge(SYSTEM, SqlAlchemyUnitOfWork(database), settings, datetime.now(UTC))
        finally:
            database.dispose()
    if CONVERSATIONS in holds:
        conversations = replay_on_conversations(url, keyring, erasures)
    return requests, conversations


def _refuse_running(settings: Settings) -> None:
    if jobs_lock.is_held(settings.data_dir):
        raise BackupError("the jobs are running (clinic.jobs): stop Marrow first")
    for what, port in (("action server", settings.actions_port), ("bot", settings.bot_port)):
        for host in {"127.0.0.1", settings.bind_host} - {"0.0.0.0"}:  # noqa: S104 - compared, not bound
            try:
                socket.create_connection((host, port), timeout=1).close()
            except OSError:
                continue
            raise BackupError(f"something listens at {host}:{port}, the port of the {what}: stop Marrow first")
