"""The accounts of the clinic's staff, and their sessions at the desk."""

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clinic.domain.actors import Role
from clinic.domain.reference import ALPHABET
from clinic.errors import AccountProblem

# The roles that a person can have; the others are no accounts.
STAFF_ROLES = (Role.COORDINATOR, Role.CLINICIAN, Role.LEAD, Role.ADMIN, Role.AUDITOR)
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,30}")
_LEAST_PASSWORD, _LONGEST_PASSWORD = 12, 200
_GENERATED_BYTES = 15
_RECOVERY_CODES, _RECOVERY_SIGNS = 10, 10


@dataclass(frozen=True)
class Account:
    """One person of the clinic.

    `password` is a hash; `totp_secret` the secret of an authenticator app, None while there is none; `totp_step` the
    last time step whose code was used, so that no code works twice. `recovery` are the digests of the codes for
    somebody who has lost the app; each works once.
    """

    name: str
    role: Role
    password: str
    created_at: datetime
    is_active: bool = True
    totp_secret: str | None = None
    totp_step: int = 0
    recovery: tuple[str, ...] = ()

    def changed(self, **values: object) -> "Account":
        """Return the account with other values."""
        return replace(self, **values)  # type: ignore[arg-type]


@dataclass(frozen=True)
class DeskSession:
    """One sign-in. `id` names it in the audit and opens nothing; the token that opens it is stored as a digest only."""

    id: str
    account: str
    created_at: datetime
    last_seen_at: datetime
    address: str | None

    def is_over(self, now: datetime, idle: timedelta, longest: timedelta) -> bool:
        """Say whether nobody used it for `idle`, or it is older than `longest`."""
        return now >= self.last_seen_at + idle or now >= self.created_at + longest


def check_name(name: str) -> None:
    """Check the name of a new account.

    Raises:
        AccountProblem: it is not fit.
    """
    if not _NAME.fullmatch(name):
        raise AccountProblem("a name has 2 to 31 characters, small letters, digits and . _ -, and begins with a letter")


def check_password(password: str, name: str) -> None:
    """Check a new password by its length and against the name (NIST SP 800-63B: length counts, not kinds of signs).

    Raises:
        AccountProblem: it is not fit; the text does not quote it.
    """
    if not _LEAST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise AccountProblem(f"a password needs {_LEAST_PASSWORD} to {_LONGEST_PASSWORD} characters")
    if len(set(password)) < _LEAST_PASSWORD // 2 or name in password.lower():
        raise AccountProblem("a password may not repeat few characters or hold the account's name")


def new_password() -> str:
    """Return a password drawn at random, for somebody who will choose another one."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


def new_recovery_codes() -> list[str]:
    """Return codes to print, each for one sign-in without the app: ten signs, of which none is taken for another."""
    drawn = ("".join(secrets.choice(ALPHABET) for _ in range(_RECOVERY_SIGNS)) for _ in range(_RECOVERY_CODES))
    return [f"{code[:5]}-{code[5:]}" for code in drawn]


def recovery_digest(code: str) -> str:
    """Return what is stored of a recovery code, however it was typed; it is random, so that no salt is needed."""
    plain = re.sub(r"[^A-Z0-9]", "", code.upper())
    return hashlib.sha256(f"recovery code {plain}".encode()).hexdigest()


def check_role(role: Role) -> None:
    """Check that a role is one that a person can have.

    Raises:
        AccountProblem: it is not.
    """
    if role not in STAFF_ROLES:
        raise AccountProblem(f"an account's role is one of {', '.join(STAFF_ROLES)}")
