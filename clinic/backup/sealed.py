"""An encrypted stream: pieces of a mebibyte, each numbered and sealed, the last one marked."""

import io
from typing import BinaryIO

from clinic.errors import BackupError, DataKeyMismatch
from clinic.keys import Keyring

_HEADER = b"MARROW-BACKUP-1\n"
_PIECE = 1024 * 1024
_NUMBER = 8
# A piece in base64 with the cipher's own bytes is well below this.
_LONGEST_LINE = 2 * _PIECE


class SealedWriter(io.RawIOBase):
    """Encrypts what is written to it; without `close` the stream has no end and is refused when read."""

    def __init__(self, file: BinaryIO, keyring: Keyring) -> None:
        super().__init__()
        self._file, self._keyring = file, keyring
        self._waiting = bytearray()
        self._number = 0
        file.write(_HEADER)

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Take bytes; return how many."""
        self._waiting += data
        while len(self._waiting) > _PIECE:
            self._seal(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]
        return len(data)

    def finish(self) -> None:
        """Write the last piece."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        mark = b"\x01" if last else b"\x00"
        self._file.write(self._keyring.encrypt_bytes(self._number.to_bytes(_NUMBER) + mark + piece) + b"\n")
        self._number += 1


class SealedReader(io.RawIOBase):
    """Decrypts a stream that a SealedWriter wrote.

    Reading raises BackupError for anything else, for pieces that are missing or in another order, and for a key
    that does not fit.
    """

    def __init__(self, file: BinaryIO, keyring: Keyring) -> None:
        super().__init__()
        self._file, self._keyring = file, keyring
        self._ready = b""
        self._number = 0
        self._ended = False
        if file.read(len(_HEADER)) != _HEADER:
            raise BackupError("this file is no backup of Marrow (or one of another version)")

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._ready += self._open()
        taken = self._ready if size < 0 else self._ready[:size]
        self._ready = self._ready[len(taken) :]
        return taken

    def _open(self) -> bytes:
        line = self._file.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise BackupError("the backup is cut off or damaged: take another copy of it")
        try:
            piece = self._keyring.decrypt_bytes(line[:-1])
        except DataKeyMismatch:
            raise BackupError(
                "the key does not fit the backup, or the backup is damaged. Set MARROW_BACKUP_KEY (or, if backups "
                "have no key of their own, MARROW_DATA_KEY) to the key that it was made with"
            ) from None
        if int.from_bytes(piece[:_NUMBER]) != self._number:
            raise BackupError("the backup is damaged: take another copy of it")
        self._number += 1
        self._ended = piece[_NUMBER] == 1
        return piece[_NUMBER + 1 :]
