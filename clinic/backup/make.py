"""Makes a backup: both databases and a manifest, packed and encrypted into one file. No key is in it."""

import json
import os
import tarfile
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, cast

from clinic.backup.databases import dump, kind_of
from clinic.backup.parts import Part, checksum, parts_of
from clinic.backup.sealed import SealedWriter
from clinic.errors import BackupError
from clinic.keys import KEY_CHECK, Keyring
from clinic.settings import Settings
from clinic.storage.erasure_log import ErasureLog
from clinic.storage.schema import latest_revision

FORMAT = 1
MANIFEST = "manifest.json"


def make_backup(settings: Settings, data_keys: Keyring, backup_keys: Keyring, target: Path) -> list[Part]:
    """Write a backup to `target`, whole or not at all, readable by its owner only.

    Args:
        settings: name the databases; a SQLite file that does not exist yet is left out.
        data_keys: the keys of the requests, to note which key a restored database needs (not the key itself).
        backup_keys: the first one encrypts the backup.
        target: a file that does not exist yet.

    Returns:
        The databases it holds.

    Raises:
        BackupError: a database cannot be copied, or the file cannot be written.
        StorageUnavailable: the erasure log cannot be written.
    """
    if target.exists():
        raise BackupError(f"{target} exists already: choose a new name for each backup")
    # From now on there is a log: one that is missing at a restore was lost.
    ErasureLog(settings.erasure_log_path).append([])
    begun = datetime.now(UTC)
    parts = [part for part in parts_of(settings) if part.path is None or part.path.exists()]
    if not parts:
        raise BackupError("there is no database yet: nothing to back up")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".marrow-backup-") as name:
            folder = Path(name)
            for part in parts:
                dump(part.url, folder / part.file_name)
            manifest = {
                "format": FORMAT,
                "marrow": version("marrow"),
                "revision": latest_revision(),
                "made_at": begun.isoformat(),
                "key_check": data_keys.encrypt(KEY_CHECK),
                "parts": [_described(part, folder) for part in parts],
            }
            (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
            packed = folder / "packed"
            _pack(folder, [MANIFEST, *(part.file_name for part in parts)], packed, backup_keys)
            packed.replace(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}") from None
    return parts


def _described(part: Part, folder: Path) -> dict[str, object]:
    file = folder / part.file_name
    return {
        "file": part.file_name,
        "holds": part.holds,
        "kind": kind_of(part.url),
        "bytes": file.stat().st_size,
        "sha256": checksum(file),
    }


def _pack(folder: Path, names: list[str], target: Path, keyring: Keyring) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        sealed = SealedWriter(file, keyring)
        with tarfile.open(mode="w|gz", fileobj=cast(BinaryIO, sealed)) as archive:
            for name in names:
                archive.add(folder / name, arcname=name)
        sealed.finish()
        file.flush()
        os.fsync(file.fileno())
