"""Signing in to the desk, and what a session's token is worth."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.domain.accounts import Account, DeskSession, recovery_digest
from clinic.domain.actors import Actor, Role
from clinic.domain.audit import Act
from clinic.errors import SignInFailed
from clinic.service.accounts import Codes, Passwords
from clinic.service.limits import AttemptLimiter
from clinic.service.unit_of_work import UnitOfWork, in_transaction

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
PER_NAME, PER_ADDRESS, PER_OWNER = "sign-in-name", "sign-in-address", "own-account"
LIMITS = {PER_NAME: "5 per 15 minutes", PER_ADDRESS: "30 per 15 minutes", PER_OWNER: "5 per 15 minutes"}
# Hashed when there is no such account, so that a wrong name takes as long as a wrong password.
_NOBODY = "not a password of anybody"


@dataclass(frozen=True)
class SignedIn:
    """A new session: the token goes to the browser and is stored nowhere."""

    actor: Actor
    token: str


def sign_in(
    uow: UnitOfWork,
    limiter: AttemptLimiter,
    passwords: Passwords,
    codes: Codes,
    name: str,
    password: str,
    code: str,
    address: str,
    now: datetime,
) -> SignedIn:
    """Begin a session.

    Args:
        uow: unit of work, not entered.
        limiter: counts the attempt first, by name and by network address (see LIMITS).
        passwords: compares the password.
        codes: reads the code of an authenticator app.
        name: as it was typed.
        password: as it was typed.
        code: six digits, or one of the recovery codes; not looked at for an account without an authenticator app.
        address: the network address.
        now: present time with its zone.

    Raises:
        SignInFailed: name, password or code are wrong, or the account is closed; the text does not tell which.
        TooManyAttempts: nothing was compared.
        StorageUnavailable: the database or the counts cannot be reached.
    """
    known = name.strip().lower()
    limiter.count_attempt({PER_NAME: known, PER_ADDRESS: address})
    with uow:
        account = uow.accounts.get(known)
    compared = account.password if account else passwords.hash(_NOBODY)
    # Outside of the transaction: this takes long on purpose.
    fits = account is not None and passwords.fits(password, compared)

    def begin() -> SignedIn | None:
        present = uow.accounts.get(known) if fits else None
        # Whoever changed the password meanwhile ended this attempt.
        proven = _proven(present, codes, code, now) if present and present.password == compared else None
        if present is None or proven is None or not present.is_active:
            uow.audit.record(Actor(_safe(account), Role.SYSTEM, address=address), Act.SIGN_IN_FAILED, now)
            return None
        uow.accounts.update(proven)
        how = "password" if proven.recovery == present.recovery else "recovery_code"
        return _begin(uow, present, address, now, how)

    signed_in = in_transaction(uow, begin)
    if signed_in is None:
        raise SignInFailed("name, password or code are wrong")
    return signed_in


def sign_in_as(uow: UnitOfWork, limiter: AttemptLimiter, name: str, address: str, now: datetime) -> SignedIn:
    """Begin a session for somebody whom the clinic's own sign-in service (OpenID Connect) has just vouched for.

    The account has to exist, and its role is the one that an admin gave it: the service says who, never what.

    Raises:
        SignInFailed: there is no such account, or it is closed.
        TooManyAttempts, StorageUnavailable: as for `sign_in`.
    """
    known = name.strip().lower()
    limiter.count_attempt({PER_ADDRESS: address})

    def begin() -> SignedIn | None:
        account = uow.accounts.get(known)
        if account is None or not account.is_active:
            uow.audit.record(Actor(_safe(account), Role.SYSTEM, address=address), Act.SIGN_IN_FAILED, now)
            return None
        return _begin(uow, account, address, now, "openid")

    signed_in = in_transaction(uow, begin)
    if signed_in is None:
        raise SignInFailed("nobody of this name has an account at the desk")
    return signed_in


def _begin(uow: UnitOfWork, account: Account, address: str, now: datetime, how: str) -> SignedIn:
    token, session = secrets.token_urlsafe(32), secrets.token_hex(8)
    uow.accounts.add_session(DeskSession(session, account.name, now, now, address), digest_of(token))
    actor = Actor(account.name, account.role, session, address)
    uow.audit.record(actor, Act.SIGNED_IN, now, details={"reason": how})
    return SignedIn(actor, token)


def actor_of(uow: UnitOfWork, token: str, address: str, now: datetime, *, in_use: bool = True) -> Actor | None:
    """Return who a token belongs to; None for one that is unknown, or whose session or account is over.

    `in_use`: somebody did something; False where a page asks by itself, which must not keep a session open.
    """

    def look() -> Actor | None:
        session = uow.accounts.session(digest_of(token))
        account = uow.accounts.get(session.account) if session else None
        if session is None or account is None or not account.is_active or session.is_over(now, IDLE, LONGEST):
            return None
        if in_use:
            uow.accounts.touch_session(session.id, now)
        return Actor(account.name, account.role, session.id, address)

    return in_transaction(uow, look)


def sign_out(actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """End the actor's session."""

    def end() -> None:
        if actor.session is not None:
            uow.accounts.end_session(actor.session)
            uow.audit.record(actor, Act.SIGNED_OUT, now)

    in_transaction(uow, end)


def digest_of(token: str) -> str:
    """Return what is stored of a token; it is random, so that no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _proven(account: Account, codes: Codes, code: str, now: datetime) -> Account | None:
    """Return the account with the code marked as used; None for a wrong one."""
    if account.totp_secret is None:
        return account
    step = codes.step_of(account.totp_secret, code.strip().replace(" ", ""), now, account.totp_step)
    if step is not None:
        return account.changed(totp_step=step)
    digest = recovery_digest(code)
    if digest not in account.recovery:
        return None
    return account.changed(recovery=tuple(each for each in account.recovery if each != digest))


def _safe(account: Account | None) -> str:
    # What somebody typed for a name may be a password.
    return account.name if account else "unknown"
