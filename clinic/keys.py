"""Encryption of what patients tell us, and keyed indexes that make it searchable without decryption."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clinic.errors import DataKeyMismatch

# One known text under a key shows, before anything is done, whether a key fits.
KEY_CHECK = "marrow"
MAKE_A_KEY = "make one with `marrow keys new`"
_KEY_BYTES = 32
# 32 random bytes hold about 30 different values; fewer than 16 has a chance below 1e-13.
_LEAST_DISTINCT_BYTES = 16


def generate_key() -> str:
    """Return a new random Fernet key (44 characters, URL-safe base64)."""
    return Fernet.generate_key().decode("ascii")


def split_keys(text: str) -> list[str]:
    """Split a comma-separated list of keys; the first one encrypts, all of them decrypt."""
    return [part.strip() for part in text.split(",") if part.strip()]


def key_problem(key: str, *, strict: bool) -> str | None:
    """Say what is wrong with a key, or return None.

    Args:
        key: one Fernet key as text.
        strict: also refuse keys that were typed by a person instead of drawn at random.
    """
    try:
        raw = base64.urlsafe_b64decode(key.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return "is not a key (32 random bytes in URL-safe base64)"
    if len(raw) != _KEY_BYTES:
        return "is not a key (32 random bytes in URL-safe base64)"
    if strict and (len(set(raw)) < _LEAST_DISTINCT_BYTES or all(32 <= byte < 127 for byte in raw)):
        return "is weak: it was not drawn at random"
    return None


class Keyring:
    """One or more data keys: the first encrypts and indexes, every one of them can still read.

    Args:
        keys: Fernet keys, newest first.

    Raises:
        ValueError: no key, or a malformed one.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one data key is needed")
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._index_keys = tuple(
            HKDF(SHA256(), length=32, salt=None, info=b"marrow blind index 1").derive(base64.urlsafe_b64decode(key))
            for key in keys
        )

    def encrypt(self, text: str) -> str:
        """Encrypt text under the first key."""
        return self.encrypt_bytes(text.encode("utf-8")).decode("ascii")

    def encrypt_bytes(self, data: bytes) -> bytes:
        """Encrypt bytes under the first key; the token is one line of ASCII."""
        return self._fernet.encrypt(data)

    def decrypt(self, token: str) -> str:
        """Decrypt a token made under any key of the ring.

        Raises:
            DataKeyMismatch: no key of the ring made the token.
        """
        return self.decrypt_bytes(token.encode("ascii")).decode("utf-8")

    def decrypt_bytes(self, token: bytes) -> bytes:
        """Decrypt a token of `encrypt_bytes`.

        Raises:
            DataKeyMismatch: no key of the ring made the token.
        """
        try:
            return self._fernet.decrypt(token)
        except InvalidToken:
            raise DataKeyMismatch(
                "The data key does not fit the stored data. Set MARROW_DATA_KEY (or restore the file "
                "data.key in the data directory) to the key of this database. After a change of key, "
                "keep the old one behind the new one, separated by a comma, until `marrow keys rotate` ran."
            ) from None

    def index(self, purpose: str, value: str) -> str:
        """Return the keyed digest (HMAC-SHA-256, hex) under which `value` is stored for `purpose`."""
        return _digest(self._index_keys[0], purpose, value)

    def indexes(self, purpose: str, value: str) -> list[str]:
        """Return the digest of `value` under every key, newest first: rows may be older than a rotation."""
        return [_digest(key, purpose, value) for key in self._index_keys]


def _digest(key: bytes, purpose: str, value: str) -> str:
    return hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


class AuditKeys:
    """The keys that seal the audit: the first one seals, all of them can check.

    Args:
        keys: Fernet keys, newest first; they are kept outside the database.

    Raises:
        ValueError: no key, or a malformed one.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one audit key is needed")
        derived = [
            HKDF(SHA256(), length=32, salt=None, info=b"marrow audit 1").derive(base64.urlsafe_b64decode(key))
            for key in keys
        ]
        self._keys = {hashlib.sha256(b"marrow audit key\0" + key).hexdigest()[:16]: key for key in derived}
        self.newest = next(iter(self._keys))

    def knows(self, key: str) -> bool:
        """Say whether the key with this name is here."""
        return key in self._keys

    def seal(self, key: str, content: bytes) -> str:
        """Return the seal of some content (HMAC-SHA-256, hex) under the key with this name.

        Raises:
            KeyError: it is not here.
        """
        return hmac.new(self._keys[key], content, hashlib.sha256).hexdigest()

    def fits(self, key: str, content: bytes, seal: str) -> bool:
        """Say whether a seal is that of some content."""
        return self.knows(key) and hmac.compare_digest(self.seal(key, content).encode(), seal.encode())
