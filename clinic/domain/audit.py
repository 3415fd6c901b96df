"""The audit: who did what and when, as a chain of sealed entries, and how to find what was done to the chain.

Each entry is sealed with a keyed digest over its own fields and the seal before it. Whoever can write the database
but has not the key can neither change, insert, swap nor remove an entry without breaking the chain; that the end was
cut off shows in the checkpoints, which are kept outside the database.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from clinic.domain.actors import Actor

NO_SEAL = ""
# What an entry may tell beside the act; never a value that a patient gave.
_DETAILS = frozenset({"from", "to", "count", "format", "statuses", "right", "role", "from_person", "reason", "receipt"})
_CODES = re.compile(r"[A-Za-z0-9_@.,:+-]{0,120}")


class Act(StrEnum):
    """What is audited."""

    LISTED = "listed"
    VIEWED = "viewed"
    EXPORTED = "exported"
    MOVED = "moved"
    CLAIMED = "claimed"
    RELEASED = "released"
    NOTE_ADDED = "note_added"
    CALL_LOGGED = "call_logged"
    CONTINUED = "continued"
    ADDED = "added"
    COPIED = "copied"
    ERASED = "erased"
    PURGED = "purged"
    RESTORED = "restored"
    ACCESS_REFUSED = "access_refused"
    LOOKUP_FAILED = "lookup_failed"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    ACCOUNT_CHANGED = "account_changed"
    AUDIT_READ = "audit_read"
    QUESTIONS_READ = "questions_read"
    RETENTION_READ = "retention_read"


@dataclass(frozen=True)
class AuditEntry:
    """One entry. `subject` is a commitment to a reference, which nobody can open once its salt is gone.

    `number` counts from 1 without a gap; `key` names the key of the seal; `seal` covers all other fields and,
    through `previous`, all entries before.
    """

    number: int
    at: datetime
    actor: Actor
    act: Act
    subject: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    previous: str = NO_SEAL
    seal: str = NO_SEAL


@dataclass(frozen=True)
class Head:
    """How many entries there are, and the seal of the last one."""

    number: int = 0
    seal: str = NO_SEAL


@dataclass(frozen=True)
class Checkpoint:
    """A head as it was noted outside the database; `restored`: when a backup was put in place."""

    head: Head
    at: datetime
    restored: bool = False


@dataclass(frozen=True)
class Fault:
    """Something that was done to the chain: what, and at which entries (both ends included)."""

    what: str
    first: int
    last: int

    def __str__(self) -> str:
        where = f"entry {self.first}" if self.first == self.last else f"entries {self.first} to {self.last}"
        return f"{where}: {self.what}"


class Sealer(Protocol):
    """The keys of the audit."""

    @property
    def newest(self) -> str: ...
    def knows(self, key: str) -> bool: ...
    def seal(self, key: str, content: bytes) -> str: ...
    def fits(self, key: str, content: bytes, seal: str) -> bool: ...


def check_details(details: Mapping[str, str]) -> None:
    """Check that details are codes only.

    Raises:
        ValueError: a name or a value may not stand in the audit. It is a mistake in the program.
    """
    if wrong := [name for name in details if name not in _DETAILS or not _CODES.fullmatch(details[name])]:
        raise ValueError(f"not fit for the audit: {', '.join(sorted(wrong))}")


def content(entry: AuditEntry) -> bytes:
    """Return what is sealed: every field but the seal, in one order and one spelling."""
    fields = {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": [entry.actor.id, str(entry.actor.role), entry.actor.session, entry.actor.address],
        "act": str(entry.act),
        "subject": entry.subject,
        "details": dict(entry.details),
        "key": entry.key,
        "previous": entry.previous,
    }
    return json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def sealed(entry: AuditEntry, before: Head, sealer: Sealer) -> AuditEntry:
    """Return the entry as the next one after `before`."""
    placed = replace(entry, number=before.number + 1, previous=before.seal, key=sealer.newest)
    return replace(placed, seal=sealer.seal(placed.key, content(placed)))


def faults_of(
    entries: Iterable[AuditEntry], head: Head, checkpoints: Sequence[Checkpoint], sealer: Sealer
) -> list[Fault]:
    """Return what was done to the chain; an empty list when it is whole.

    Args:
        entries: all entries as they are stored, in the order of their numbers.
        head: as it is stored.
        checkpoints: in the order in which they were noted.
        sealer: the keys, old ones included.
    """
    # More than one seal of a number: Marrow went on writing on an older copy of the database.
    noted: dict[int, set[str]] = {}
    for point in _standing(checkpoints):
        noted.setdefault(point.head.number, set()).add(point.head.seal)
    faults: list[Fault] = []
    last = Head()
    for entry in entries:
        if entry.number > last.number + 1:
            faults.append(Fault("missing", last.number + 1, entry.number - 1))
        elif entry.number <= last.number:
            faults.append(Fault("there twice", entry.number, entry.number))
        elif entry.previous != last.seal:
            faults.append(Fault("does not follow the entry before it", entry.number, entry.number))
        if problem := _problem(entry, noted.get(entry.number, set()), sealer):
            faults.append(Fault(problem, entry.number, entry.number))
        last = Head(entry.number, entry.seal)
    end = max([head.number, *noted])
    if end > last.number:
        faults.append(Fault("missing: the end was cut off", last.number + 1, end))
    elif head != last:
        faults.append(Fault("the head does not name the last entry", last.number, last.number))
    return faults


def _problem(entry: AuditEntry, noted: set[str], sealer: Sealer) -> str | None:
    if not sealer.knows(entry.key):
        return f"sealed with a key that is not here ({entry.key[:16]})"
    if not sealer.fits(entry.key, content(entry), entry.seal):
        return "changed or inserted"
    return None if noted <= {entry.seal} else "replaced by another one than was noted outside the database"


def _standing(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return the checkpoints that still hold: a restored backup ends where it ends, and goes on from there."""
    standing: list[Checkpoint] = []
    for point in checkpoints:
        if point.restored:
            standing = [earlier for earlier in standing if earlier.head.number <= point.head.number]
        standing.append(point)
    return [point for point in standing if point.head.number]
