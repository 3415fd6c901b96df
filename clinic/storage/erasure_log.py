"""What was erased and when, kept outside the databases, so that a restored backup forgets it again.

The log names intakes, references and keyed digests of conversations; it holds nothing that a patient told.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from clinic.errors import StorageUnavailable
from clinic.keys import Keyring
from clinic.settings import make_private_directory

_CONVERSATION = "erased-conversation"


@dataclass(frozen=True)
class Erasure:
    """One erasure: of a request with its conversation, or of a draft alone (then only `intake_id` is set).

    `conversation` is a keyed digest; `at` the time with its zone.
    """

    at: datetime
    intake_id: str
    reference: str | None = None
    conversation: str | None = None


def conversation_digest(keyring: Keyring, conversation_id: str) -> str:
    """Return what the log writes for a conversation."""
    return keyring.index(_CONVERSATION, conversation_id)


def is_conversation(keyring: Keyring, conversation_id: str, digests: set[str]) -> bool:
    """Say whether a conversation is among those logged, under whichever key of the ring."""
    return not digests.isdisjoint(keyring.indexes(_CONVERSATION, conversation_id))


class ErasureLog:
    """A file with one line of JSON for each erasure, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, erasures: Sequence[Erasure]) -> None:
        """Write erasures down, safe from a power cut, before they are done.

        Raises:
            StorageUnavailable: they are not written, so they must not be done.
        """
        # A line begins with a line end too: a power cut may have left half a line before it.
        lines = "".join(f"\n{json.dumps({**asdict(e), 'at': e.at.isoformat()})}\n" for e in erasures)
        try:
            make_private_directory(self.path.parent)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageUnavailable(
                f"The erasure log {self.path} cannot be written: {error.strerror}. Make its directory one that "
                "this account may write, or set MARROW_ERASURE_LOG."
            ) from error

    def read(self) -> tuple[list[Erasure], int]:
        """Return the erasures, oldest first, and the number of lines that cannot be read.

        A half line is left by a power cut before the erasure was done.

        Raises:
            StorageUnavailable: there is no log, or it cannot be read.
        """
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise StorageUnavailable(
                f"The erasure log {self.path} cannot be read: {error.strerror}. Without it, what was erased since the "
                "backup would come back: put back your copy, or set MARROW_ERASURE_LOG. If it is lost for good, add "
                "--without-erasures."
            ) from error
        erasures, unreadable = [], 0
        for line in filter(str.strip, lines):
            try:
                values = json.loads(line)
                erasures.append(Erasure(**{**values, "at": datetime.fromisoformat(values["at"])}))
            except (ValueError, TypeError, KeyError):
                unreadable += 1
        return erasures, unreadable
