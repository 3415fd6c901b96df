"""Accounts of the clinic's staff: made, changed and closed by who may, each time in the audit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clinic.domain.accounts import Account, check_name, check_password, check_role
from clinic.domain.actors import Actor, Right, Role
from clinic.domain.audit import Act
from clinic.errors import AccountProblem, DuplicateRow
from clinic.service.access import check_right
from clinic.service.unit_of_work import UnitOfWork, in_transaction


class Passwords(Protocol):
    """How passwords are kept."""

    def hash(self, password: str) -> str: ...
    def fits(self, password: str, hashed: str) -> bool: ...


class Codes(Protocol):
    """The codes of authenticator apps."""

    def new_secret(self) -> str: ...
    def address(self, secret: str, account: str) -> str: ...
    def step_of(self, secret: str, code: str, now: datetime, after: int) -> int | None: ...


@dataclass(frozen=True)
class Enrolment:
    """What a person needs once to set up an authenticator app."""

    secret: str
    address: str


def create_account(
    actor: Actor, uow: UnitOfWork, passwords: Passwords, name: str, role: Role, password: str, now: datetime
) -> Account:
    """Make an account.

    Raises:
        AccessRefused: the actor may not manage accounts.
        AccountProblem: name, role or password are not fit, or the name is taken.
        StorageUnavailable: nothing was changed.
    """
    check_right(actor, uow, Right.MANAGE_ACCOUNTS, now)
    check_name(name)
    check_role(role)
    check_password(password, name)
    account = Account(name, role, passwords.hash(password), now)

    def create() -> Account:
        uow.accounts.add(account)
        _note(actor, uow, now, "created", role)
        return account

    try:
        return in_transaction(uow, create)
    except DuplicateRow:
        raise AccountProblem(f"there is an account {name} already") from None


def list_accounts(actor: Actor, uow: UnitOfWork, now: datetime) -> list[Account]:
    """Return all accounts by name.

    Raises:
        AccessRefused: the actor may not manage accounts.
    """
    check_right(actor, uow, Right.MANAGE_ACCOUNTS, now)
    with uow:
        return uow.accounts.all()


def change_role(actor: Actor, uow: UnitOfWork, name: str, role: Role, now: datetime) -> Account:
    """Give an account another role; its sessions end.

    Raises:
        AccessRefused, AccountProblem, StorageUnavailable: as for `create_account`.
    """
    check_role(role)
    return _change(actor, uow, name, now, "role", lambda account: account.changed(role=role))


def close_account(actor: Actor, uow: UnitOfWork, name: str, now: datetime) -> Account:
    """Let nobody sign in with an account any more; its sessions end. What it did stays in the audit.

    Raises:
        AccessRefused, AccountProblem, StorageUnavailable: as for `create_account`.
    """
    return _change(actor, uow, name, now, "closed", lambda account: account.changed(is_active=False))


def set_password(
    actor: Actor, uow: UnitOfWork, passwords: Passwords, name: str, password: str, now: datetime
) -> Account:
    """Give an account another password; its sessions end.

    Raises:
        AccessRefused, AccountProblem, StorageUnavailable: as for `create_account`.
    """
    check_password(password, name)
    hashed = passwords.hash(password)
    return _change(actor, uow, name, now, "password", lambda account: account.changed(password=hashed))


def enrol(actor: Actor, uow: UnitOfWork, codes: Codes, name: str, now: datetime) -> Enrolment:
    """Set up an authenticator app for an account, in the place of an earlier one; its sessions end.

    Raises:
        AccessRefused, AccountProblem, StorageUnavailable: as for `create_account`.
    """
    secret = codes.new_secret()
    _change(
        actor, uow, name, now, "totp", lambda account: account.changed(totp_secret=secret, totp_step=0, recovery=())
    )
    return Enrolment(secret, codes.address(secret, name))


def _change(
    actor: Actor, uow: UnitOfWork, name: str, now: datetime, what: str, change: Callable[[Account], Account]
) -> Account:
    check_right(actor, uow, Right.MANAGE_ACCOUNTS, now)

    def run() -> Account:
        account = uow.accounts.get(name)
        if account is None:
            raise AccountProblem(f"there is no account {name}")
        changed = change(account)
        uow.accounts.update(changed)
        uow.accounts.end_sessions(name)
        _note(actor, uow, now, what, changed.role)
        return changed

    return in_transaction(uow, run)


def _note(actor: Actor, uow: UnitOfWork, now: datetime, what: str, role: Role) -> None:
    uow.audit.record(actor, Act.ACCOUNT_CHANGED, now, details={"reason": what, "role": str(role)})
