"""Accounts of the clinic's staff and their sessions in the database."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from clinic.domain.accounts import Account, DeskSession
from clinic.domain.actors import Role
from clinic.storage.failures import storage_errors
from clinic.storage.models import AccountRow, DeskSessionRow
from clinic.storage.repositories import deleted


class SqlAlchemyAccounts:
    """Accounts and sessions in one session of the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, account: Account) -> None:
        """Store a new account.

        Raises:
            DuplicateRow: the name is taken.
        """
        row = AccountRow(name=account.name, created_at=account.created_at)
        _fill(row, account)
        self._session.add(row)
        with storage_errors():
            self._session.flush()

    def update(self, account: Account) -> None:
        """Store changes of an account.

        Raises:
            KeyError: there is no such account.
            ConcurrentChange: somebody else changed it since it was read.
        """
        row = self._row(account.name)
        if row is None:
            raise KeyError(account.name)
        with storage_errors():
            _fill(row, account)
            self._session.flush()

    def get(self, name: str) -> Account | None:
        """Return the account with this name, or None."""
        row = self._row(name)
        return None if row is None else _account(row)

    def all(self) -> list[Account]:
        """Return all accounts by name."""
        return [_account(row) for row in self._session.scalars(select(AccountRow).order_by(AccountRow.name))]

    def add_session(self, session: DeskSession, digest: str) -> None:
        """Store a new session under the digest of its token."""
        self._session.add(
            DeskSessionRow(
                id=session.id,
                digest=digest,
                account=session.account,
                created_at=session.created_at,
                last_seen_at=session.last_seen_at,
                address=session.address,
            )
        )

    def session(self, digest: str) -> DeskSession | None:
        """Return the session of a token, or None."""
        row = self._session.scalar(select(DeskSessionRow).where(DeskSessionRow.digest == digest))
        if row is None:
            return None
        return DeskSession(row.id, row.account, row.created_at, row.last_seen_at, row.address)

    def touch_session(self, session_id: str, now: datetime) -> None:
        """Note that a session is in use."""
        seen = update(DeskSessionRow).where(DeskSessionRow.id == session_id).values(last_seen_at=now)
        with storage_errors():
            self._session.execute(seen)

    def end_session(self, session_id: str) -> None:
        """Delete a session."""
        deleted(self._session, delete(DeskSessionRow).where(DeskSessionRow.id == session_id))

    def end_sessions(self, name: str) -> None:
        """Delete every session of an account."""
        deleted(self._session, delete(DeskSessionRow).where(DeskSessionRow.account == name))

    def remove_sessions_before(self, moment: datetime) -> int:
        """Delete the sessions that began before `moment`; return how many."""
        return deleted(self._session, delete(DeskSessionRow).where(DeskSessionRow.created_at < moment))

    def _row(self, name: str) -> AccountRow | None:
        return self._session.scalar(select(AccountRow).where(AccountRow.name == name))


def _fill(row: AccountRow, account: Account) -> None:
    row.role = str(account.role)
    row.password = account.password
    row.is_active = account.is_active
    row.totp_secret = account.totp_secret
    row.totp_step = account.totp_step
    row.recovery = list(account.recovery)


def _account(row: AccountRow) -> Account:
    return Account(
        name=row.name,
        role=Role(row.role),
        password=row.password,
        created_at=row.created_at,
        is_active=row.is_active,
        totp_secret=row.totp_secret,
        totp_step=row.totp_step,
        recovery=tuple(row.recovery or ()),
    )
