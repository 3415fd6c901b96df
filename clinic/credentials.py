"""Passwords and codes of authenticator apps, by the `cryptography` library."""

import base64
import os
from datetime import datetime

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

# OWASP's password storage cheat sheet: 19 MiB, two rounds, one lane.
_MEMORY_KIB, _ROUNDS, _LANES = 19 * 1024, 2, 1
_SALT_BYTES, _HASH_BYTES = 16, 32
_SECRET_BYTES = 20
_STEP_SECONDS = 30
# Authenticator apps know no other digest; it is used keyed here.
_DIGEST = SHA1
# A clock may be one step off.
_NEAR = (0, -1, 1)


class Argon2Passwords:
    """Hashes passwords with Argon2id (RFC 9106)."""

    def hash(self, password: str) -> str:
        """Return the hash with its parameters and its salt, in the PHC's form."""
        hasher = Argon2id(
            salt=os.urandom(_SALT_BYTES),
            length=_HASH_BYTES,
            iterations=_ROUNDS,
            lanes=_LANES,
            memory_cost=_MEMORY_KIB,
        )
        return str(hasher.derive_phc_encoded(password.encode()))

    def fits(self, password: str, hashed: str) -> bool:
        """Say whether a password is the one of a hash."""
        try:
            Argon2id.verify_phc_encoded(password.encode(), hashed)
        except (InvalidKey, ValueError):
            return False
        return True


class TotpCodes:
    """Codes of six digits that change every 30 seconds (RFC 6238)."""

    def new_secret(self) -> str:
        """Return a new secret, in base32 as authenticator apps take it."""
        return base64.b32encode(os.urandom(_SECRET_BYTES)).decode("ascii")

    def address(self, secret: str, account: str) -> str:
        """Return what an authenticator app reads from a picture."""
        return str(_totp(secret).get_provisioning_uri(account, "Marrow"))

    def step_of(self, secret: str, code: str, now: datetime, after: int) -> int | None:
        """Return the time step whose code this is, if it is later than `after`; None for a wrong or used code."""
        totp, present = _totp(secret), int(now.timestamp()) // _STEP_SECONDS
        for step in (present + near for near in _NEAR):
            try:
                totp.verify(code.encode("ascii", "replace"), step * _STEP_SECONDS)
            except InvalidToken:
                continue
            return step if step > after else None
        return None


def _totp(secret: str) -> TOTP:
    key = base64.b32decode(secret)
    return TOTP(key, 6, _DIGEST(), _STEP_SECONDS, enforce_key_length=False)
