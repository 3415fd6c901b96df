"""The unit of work over a database: the repositories in one session, committed together or not at all."""

from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy.orm import Session

from clinic.storage.accounts import SqlAlchemyAccounts
from clinic.storage.ages import SqlAlchemyAges
from clinic.storage.audit import SqlAlchemyAudit
from clinic.storage.database import Database
from clinic.storage.erasure_log import Erasure, ErasureLog, conversation_digest
from clinic.storage.failures import as_marrow_error, storage_errors
from clinic.storage.outbox import SqlAlchemyOutbox
from clinic.storage.persons import SqlAlchemyPersons
from clinic.storage.queue import SqlAlchemyQueue
from clinic.storage.repositories import SqlAlchemyAdditions, SqlAlchemyDrafts, SqlAlchemySafetyEvents
from clinic.storage.requests import SqlAlchemyRequests


class SqlAlchemyUnitOfWork:
    """A unit of work over a database; it may be entered again after it was left.

    Entering, any statement and committing raise StorageUnavailable when the database cannot be reached, also
    when the connection is lost on the way.
    """

    requests: SqlAlchemyRequests
    drafts: SqlAlchemyDrafts
    additions: SqlAlchemyAdditions
    safety_events: SqlAlchemySafetyEvents
    audit: SqlAlchemyAudit
    outbox: SqlAlchemyOutbox
    accounts: SqlAlchemyAccounts
    queue: SqlAlchemyQueue
    persons: SqlAlchemyPersons
    ages: SqlAlchemyAges

    def __init__(self, database: Database, erasure_log: ErasureLog | None = None) -> None:
        self._database = database
        self._erasure_log = erasure_log
        self._erasures: list[Erasure] = []
        self._session: Session | None = None

    def __enter__(self) -> Self:
        self._database.ready()
        session = Session(self._database.engine)
        self._session = session
        self._erasures.clear()
        self.requests = SqlAlchemyRequests(session, self._database.keyring)
        self.drafts = SqlAlchemyDrafts(session, self._database.keyring)
        self.additions = SqlAlchemyAdditions(session)
        self.safety_events = SqlAlchemySafetyEvents(session, self._database.keyring)
        self.audit = SqlAlchemyAudit(session)
        self.outbox = SqlAlchemyOutbox(session)
        self.accounts = SqlAlchemyAccounts(session)
        self.queue = SqlAlchemyQueue(session, self._database.keyring)
        self.persons = SqlAlchemyPersons(session, self._database.keyring)
        self.ages = SqlAlchemyAges(session)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with storage_errors():
            self._open_session().close()
        self._session = None
        if error is not None and (translated := as_marrow_error(error)):
            raise translated from error

    def commit(self) -> None:
        """Store everything that was changed since entering.

        Raises:
            StorageUnavailable: it is not known to be stored; doing the same again is safe.
            DuplicateRow, ConcurrentChange: another process was faster; nothing is stored.
            SettingsError: the audit has no key; nothing is stored.
        """
        trail = self._database.trail
        # Last in the transaction: all who write wait for the row that this locks.
        head = self.audit.write(trail.keys) if self.audit.waits else None
        if self._erasures and self._erasure_log is not None:
            # First: what is erased and not noted would come back with a backup.
            self._erasure_log.append(self._erasures)
        with storage_errors():
            self._open_session().commit()
        if head is not None:
            trail.note(head)

    def rollback(self) -> None:
        """Undo everything that was changed since entering, and go on with a new transaction."""
        self._erasures.clear()
        self.audit.discard()
        with storage_errors():
            self._open_session().rollback()

    def note_erasure(
        self, intake_id: str, now: datetime, reference: str | None = None, conversation_id: str | None = None
    ) -> None:
        """Have the next commit note that an intake is erased, with its request and its conversation."""
        digest = None if conversation_id is None else conversation_digest(self._database.keyring, conversation_id)
        self._erasures.append(Erasure(now, intake_id, reference, digest))

    def _open_session(self) -> Session:
        if self._session is None:
            raise RuntimeError("the unit of work is not entered")
        return self._session
