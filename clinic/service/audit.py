"""Reads and checks the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clinic.domain.actors import Actor, Right
from clinic.domain.audit import Act, AuditEntry, Checkpoint, Fault, Sealer, faults_of
from clinic.service.access import check_right
from clinic.service.unit_of_work import UnitOfWork, in_transaction


class Trail(Protocol):
    """What of the audit is kept outside the database."""

    @property
    def keys(self) -> Sealer: ...
    def read(self) -> tuple[list[Checkpoint], int]: ...


@dataclass(frozen=True)
class Verification:
    """What a check of the audit found.

    `entries` is how many there are; `restored` the times at which backups were put in place, after which what came
    later is known to be lost; `foreign_lines` the lines of the checkpoints that no key of the audit wrote.
    """

    entries: int
    faults: tuple[Fault, ...]
    restored: tuple[datetime, ...]
    foreign_lines: int
    no_checkpoints: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing was done to the audit."""
        return not (self.faults or self.foreign_lines or self.no_checkpoints)


def read_audit(
    actor: Actor, uow: UnitOfWork, now: datetime, reference: str | None = None, limit: int | None = None
) -> list[AuditEntry]:
    """Return the entries, oldest first: only those about one request if a reference is given, only the last `limit`.

    Raises:
        AccessRefused: the actor may not read the audit.
        StorageUnavailable: the database cannot be reached.
    """
    check_right(actor, uow, Right.READ_AUDIT, now)

    def read() -> list[AuditEntry]:
        found = list(uow.audit.entries(reference, limit))
        uow.audit.record(actor, Act.AUDIT_READ, now, details={"count": str(len(found))})
        return found

    return in_transaction(uow, read)


def verify_audit(actor: Actor, uow: UnitOfWork, trail: Trail, now: datetime) -> Verification:
    """Check the whole audit against its seals and the checkpoints; others may go on writing meanwhile.

    Raises:
        AccessRefused: the actor may not read the audit.
        StorageUnavailable: the database cannot be reached.
    """
    check_right(actor, uow, Right.READ_AUDIT, now)
    # First: an entry is stored before its checkpoint is noted.
    checkpoints, foreign = trail.read()
    with uow:
        uow.audit.snapshot()
        head = uow.audit.head()
        entries = list(uow.audit.entries())
    return Verification(
        entries=len(entries),
        faults=tuple(faults_of(entries, head, checkpoints, trail.keys)),
        restored=_restored(checkpoints),
        foreign_lines=foreign,
        no_checkpoints=bool(entries or head.number) and not checkpoints,
    )


def _restored(checkpoints: Sequence[Checkpoint]) -> tuple[datetime, ...]:
    return tuple(point.at for point in checkpoints if point.restored)
