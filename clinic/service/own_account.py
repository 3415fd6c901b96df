"""What everybody of the staff may do with the own account: password, authenticator app, and signing out everywhere."""

from datetime import datetime

from clinic.domain.accounts import Account, check_password, new_recovery_codes, recovery_digest
from clinic.domain.actors import Actor
from clinic.domain.audit import Act
from clinic.errors import AccountProblem, SignInFailed
from clinic.service.accounts import Codes, Enrolment, Passwords
from clinic.service.limits import AttemptLimiter
from clinic.service.sign_in import PER_OWNER
from clinic.service.unit_of_work import UnitOfWork, in_transaction


def own_account(actor: Actor, uow: UnitOfWork) -> Account:
    """Return the actor's account.

    Raises:
        AccountProblem: it was removed meanwhile.
    """
    with uow:
        account = uow.accounts.get(actor.id)
    if account is None:
        raise AccountProblem(f"there is no account {actor.id}")
    return account


def change_own_password(
    actor: Actor,
    uow: UnitOfWork,
    limiter: AttemptLimiter,
    passwords: Passwords,
    present: str,
    wanted: str,
    now: datetime,
) -> None:
    """Change the own password; all sessions end, this one too.

    Raises:
        SignInFailed: the present password is wrong.
        AccountProblem: the new one is not fit.
        TooManyAttempts: nothing was compared.
    """
    check_password(wanted, actor.id)
    account = _proven(actor, uow, limiter, passwords, present)
    _store(actor, uow, account, now, "own_password", password=passwords.hash(wanted))


def propose_app(actor: Actor, codes: Codes) -> Enrolment:
    """Return a secret for an authenticator app; it counts once `confirm_app` has seen a code of it."""
    secret = codes.new_secret()
    return Enrolment(secret, codes.address(secret, actor.id))


def confirm_app(
    actor: Actor,
    uow: UnitOfWork,
    limiter: AttemptLimiter,
    passwords: Passwords,
    codes: Codes,
    *,
    present: str,
    secret: str,
    code: str,
    now: datetime,
) -> list[str]:
    """Set up an authenticator app, in the place of an earlier one; all sessions end.

    Args:
        actor: whose account.
        uow: unit of work, not entered.
        limiter: counts the attempt first.
        passwords: compares the password.
        codes: reads the code.
        present: the password.
        secret: as `propose_app` made it.
        code: what the app shows for it.
        now: present time with its zone.

    Returns:
        The recovery codes, to be shown this once; earlier ones are void.

    Raises:
        SignInFailed: the password is wrong.
        AccountProblem: the code does not belong to the secret.
        TooManyAttempts: nothing was compared.
    """
    account = _proven(actor, uow, limiter, passwords, present)
    try:
        step = codes.step_of(secret, code.strip().replace(" ", ""), now, 0)
    except ValueError:
        step = None
    if step is None:
        raise AccountProblem(
            "the code does not belong to this secret: check the clock of the phone, and try the next code"
        )
    recovery = new_recovery_codes()
    digests = tuple(recovery_digest(each) for each in recovery)
    _store(actor, uow, account, now, "own_totp", totp_secret=secret, totp_step=step, recovery=digests)
    return recovery


def sign_out_everywhere(actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    """End all sessions of the actor's account, on every machine."""

    def end() -> None:
        uow.accounts.end_sessions(actor.id)
        uow.audit.record(actor, Act.SIGNED_OUT, now, details={"reason": "everywhere"})

    in_transaction(uow, end)


def _proven(actor: Actor, uow: UnitOfWork, limiter: AttemptLimiter, passwords: Passwords, present: str) -> Account:
    limiter.count_attempt({PER_OWNER: actor.id})
    account = own_account(actor, uow)
    if not passwords.fits(present, account.password):
        raise SignInFailed("this is not the present password")
    return account


def _store(actor: Actor, uow: UnitOfWork, read: Account, now: datetime, what: str, **values: object) -> None:
    def store() -> None:
        account = uow.accounts.get(actor.id)
        if account is None or account.password != read.password:
            raise AccountProblem("the account was changed meanwhile: sign in again")
        uow.accounts.update(account.changed(**values))
        uow.accounts.end_sessions(actor.id)
        uow.audit.record(actor, Act.ACCOUNT_CHANGED, now, details={"reason": what, "role": str(account.role)})

    in_transaction(uow, store)
