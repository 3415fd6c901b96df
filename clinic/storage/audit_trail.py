"""What the audit needs outside the database: its keys, and a file with the checkpoints of its head."""

import json
import logging
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from clinic.domain.audit import Checkpoint, Head
from clinic.errors import SettingsError
from clinic.keys import MAKE_A_KEY, AuditKeys, generate_key, key_problem, split_keys
from clinic.logs import log_event
from clinic.settings import Settings, keys_of, make_private_directory
from clinic.storage.data_key import write_once

logger = logging.getLogger(__name__)
KEY_FILE = "audit.key"


class AuditTrail:
    """The keys that seal the audit, and the file that notes its head after each commit.

    Args:
        load_keys: returns the keys when they are needed first.
        path: file of the checkpoints; keep it where who writes the database cannot write.
    """

    def __init__(self, load_keys: Callable[[], AuditKeys], path: Path) -> None:
        self._load_keys = load_keys
        self._keys: AuditKeys | None = None
        self._lock = threading.Lock()
        self.path = path

    @classmethod
    def from_settings(cls, settings: Settings, *, make_key: bool = True) -> "AuditTrail":
        """Return the trail that the settings describe; `make_key`: development makes its key when there is none."""
        path = Path(settings.audit_checkpoints.replace("{data_dir}", str(settings.data_dir)))
        return cls(lambda: load_audit_keys(settings, make=make_key), path)

    @property
    def keys(self) -> AuditKeys:
        """The keys.

        Raises:
            SettingsError: there is none, or it cannot be read.
        """
        with self._lock:
            if self._keys is None:
                self._keys = self._load_keys()
            return self._keys

    def note(self, head: Head, *, restored: bool = False) -> None:
        """Append a checkpoint. A disk that is full changes nothing but the log: the entries are stored by now."""
        point = {
            "number": head.number,
            "seal": head.seal,
            "at": datetime.now(UTC).isoformat(),
            "restored": restored,
            "key": self.keys.newest,
        }
        line = json.dumps({**point, "proof": self.keys.seal(self.keys.newest, _content(point))})
        try:
            make_private_directory(self.path.parent)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                # One call, so that lines of several processes do not mix; half a line may stand before it.
                os.write(descriptor, f"\n{line}\n".encode())
            finally:
                os.close(descriptor)
        except OSError:
            log_event(logger, "audit_checkpoint_not_written", logging.WARNING)

    def read(self) -> tuple[list[Checkpoint], int]:
        """Return the checkpoints in their order, and the number of lines that no key of the audit wrote."""
        if not self.path.exists():
            return [], 0
        points, forged = [], 0
        for line in filter(str.strip, self.path.read_text(encoding="utf-8", errors="replace").splitlines()):
            try:
                values = json.loads(line)
                proof = str(values.pop("proof"))
                if not self.keys.fits(str(values["key"]), _content(values), proof):
                    raise ValueError("not ours")
                at = datetime.fromisoformat(values["at"])
                points.append(Checkpoint(Head(int(values["number"]), values["seal"]), at, bool(values["restored"])))
            except (ValueError, TypeError, KeyError, AttributeError):
                forged += 1
        return points, forged


def _content(point: dict[str, object]) -> bytes:
    return b"checkpoint\0" + json.dumps(point, sort_keys=True).encode()


def audit_key_path(settings: Settings) -> Path:
    """Where development keeps the key of its audit."""
    return settings.data_dir / KEY_FILE


def load_audit_keys(settings: Settings, *, make: bool = True) -> AuditKeys:
    """Return the keys of the audit; in development without one, make and keep one in the data directory.

    Raises:
        SettingsError: the key file cannot be made or read, holds no key, or is missing and `make` is False.
    """
    if given := keys_of(settings.audit_key):
        return AuditKeys(given)
    path = audit_key_path(settings)
    try:
        if not path.exists():
            if not make:
                raise SettingsError(
                    f"The key of the audit {path} is missing. Put back your copy of it, or start Marrow: it makes a "
                    "new one, and `marrow audit verify` then names the entries that only the old one can check."
                )
            make_private_directory(path.parent)
            write_once(path, generate_key() + "\n")
        path.chmod(0o600)
        keys = split_keys(path.read_text(encoding="utf-8").replace("\n", ","))
    except OSError as error:
        raise SettingsError(
            f"The key of the audit {path} cannot be used: {error.strerror}. "
            "Make MARROW_DATA_DIR a directory that this account may write, or set MARROW_AUDIT_KEY."
        ) from None
    if not keys or any(key_problem(key, strict=False) for key in keys):
        raise SettingsError(f"{path} holds no key. Restore it, or set MARROW_AUDIT_KEY; {MAKE_A_KEY}.")
    return AuditKeys(keys)
