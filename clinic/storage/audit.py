"""The audit in the database: entries are collected, and sealed and written together at the commit."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from clinic.domain.actors import Actor, Role
from clinic.domain.audit import Act, AuditEntry, Head, Sealer, check_details, sealed
from clinic.storage.failures import storage_errors
from clinic.storage.models import AuditHeadRow, AuditRow, AuditSubjectRow

_HEAD = AuditHeadRow.id == 1


@dataclass(frozen=True)
class _Waiting:
    """An entry that the commit writes."""

    actor: Actor
    act: Act
    at: datetime
    reference: str | None
    details: Mapping[str, str]


class SqlAlchemyAudit:
    """The audit in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: list[_Waiting] = []
        self._forgotten: list[str] = []

    def record(
        self,
        actor: Actor,
        act: Act,
        now: datetime,
        reference: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Have the next commit write an entry, in the same transaction as what it tells of.

        Args:
            actor: who did it.
            act: what was done.
            now: present time with its zone.
            reference: of the stored request it was done to; the entry holds a commitment in its place.
            details: codes (see clinic.domain.audit), never a value of a patient.

        Raises:
            ValueError: a detail may not stand in the audit.
        """
        check_details(details or {})
        self._waiting.append(_Waiting(actor, act, now, reference, dict(details or {})))

    def forget(self, reference: str) -> None:
        """Have the next commit throw away what links a request with its entries, the waiting ones included."""
        self._forgotten.append(reference)

    def discard(self) -> None:
        """Forget what waits for the commit."""
        self._waiting.clear()
        self._forgotten.clear()

    @property
    def waits(self) -> bool:
        """Whether there is anything for the commit to write."""
        return bool(self._waiting)

    def write(self, sealer: Sealer) -> Head:
        """Write what waits; return the new head."""
        with storage_errors():
            self._session.flush()
            # The update locks the row: whoever comes second waits here, and reads what the first one wrote.
            grown = update(AuditHeadRow).where(_HEAD).values(number=AuditHeadRow.number + len(self._waiting))
            options = {"synchronize_session": False}
            row = self._session.execute(
                grown.returning(AuditHeadRow.number, AuditHeadRow.seal), execution_options=options
            ).one()
            head = Head(row.number - len(self._waiting), row.seal)
            for waiting in self._waiting:
                subject = None if waiting.reference is None else self._commitment(waiting.reference)
                # The database keeps no zone with a text: one spelling for all.
                at = waiting.at.astimezone(UTC)
                entry = AuditEntry(0, at, waiting.actor, waiting.act, subject, waiting.details)
                entry = sealed(entry, head, sealer)
                self._session.execute(insert(AuditRow).values(**_values(entry)))
                head = Head(entry.number, entry.seal)
            self._session.execute(update(AuditHeadRow).where(_HEAD).values(seal=head.seal), execution_options=options)
            if self._forgotten:
                gone = delete(AuditSubjectRow).where(AuditSubjectRow.reference.in_(self._forgotten))
                self._session.execute(gone, execution_options=options)
        self.discard()
        return head

    def snapshot(self) -> None:
        """Read everything from here on as of one moment, whatever others write meanwhile; call it first."""
        connection = self._session.connection()
        on_file = connection.dialect.name == "sqlite"
        connection.exec_driver_sql("BEGIN" if on_file else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    def head(self) -> Head:
        """Return the head as it is stored."""
        row = self._session.execute(select(AuditHeadRow.number, AuditHeadRow.seal).where(_HEAD)).first()
        return Head(row.number, row.seal) if row else Head()

    def entries(self, reference: str | None = None, last: int | None = None) -> Iterator[AuditEntry]:
        """Yield the entries in their order; only those about one request if a reference is given, only the `last`."""
        query = select(AuditRow).order_by(AuditRow.number)
        if reference is not None:
            salt = self._salt(reference)
            if salt is None:
                return
            query = query.where(AuditRow.subject == _commit(salt, reference))
        if last is not None:
            newest = self._session.scalars(query.order_by(None).order_by(AuditRow.number.desc()).limit(last)).all()
            yield from (_entry(row) for row in reversed(newest))
            return
        for row in self._session.scalars(query.execution_options(yield_per=500)):
            yield _entry(row)

    def _commitment(self, reference: str) -> str:
        salt = self._salt(reference)
        if salt is None:
            salt = secrets.token_hex(32)
            self._session.execute(insert(AuditSubjectRow).values(reference=reference, salt=salt))
        return _commit(salt, reference)

    def _salt(self, reference: str) -> str | None:
        return self._session.scalar(select(AuditSubjectRow.salt).where(AuditSubjectRow.reference == reference))


def _commit(salt: str, reference: str) -> str:
    return hashlib.sha256(f"marrow audit subject\0{salt}\0{reference}".encode()).hexdigest()


def _values(entry: AuditEntry) -> dict[str, object]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor.id,
        "role": str(entry.actor.role),
        "session": entry.actor.session,
        "address": entry.actor.address,
        "act": str(entry.act),
        "subject": entry.subject,
        "details": json.dumps(dict(entry.details), sort_keys=True),
        "key": entry.key,
        "previous": entry.previous,
        "seal": entry.seal,
    }


def _entry(row: AuditRow) -> AuditEntry:
    """Return a row's entry; what a forger wrote need not be readable, and then fits no seal."""
    try:
        details = {str(name): str(value) for name, value in json.loads(row.details).items()}
        actor = Actor(row.actor, Role(row.role), row.session, row.address)
        return AuditEntry(
            number=row.number,
            at=datetime.fromisoformat(row.at),
            actor=actor,
            act=Act(row.act),
            subject=row.subject,
            details=details,
            key=row.key,
            previous=row.previous,
            seal=row.seal,
        )
    except (ValueError, AttributeError):
        nobody = Actor(row.actor, Role.SYSTEM)
        at = datetime.fromtimestamp(0, UTC)
        return AuditEntry(row.number, at, nobody, Act.AUDIT_READ, None, {}, row.key, row.previous, "unreadable")
