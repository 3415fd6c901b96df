"""What staff do with consultation requests: list, read, export, claim and move them, and note what they did.

Each call names who makes it, checks what the role may do, and writes the audit in the same transaction. Who changes a
request says which version was read; when somebody else was faster, nothing is overwritten (`Conflict`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.actors import Actor, Right
from clinic.domain.audit import Act
from clinic.domain.casework import Call, CallOutcome, InternalNote, Line, Stay
from clinic.domain.events import EventKind
from clinic.domain.requests import Addition, ConsultationRequest, Due
from clinic.domain.search import same_person
from clinic.domain.statuses import RequestStatus
from clinic.errors import AccessRefused, Conflict, InvalidTransition, RequestNotFound
from clinic.service.access import check_right
from clinic.service.chats import Chats
from clinic.service.unit_of_work import UnitOfWork, in_transaction

_MOST_OTHERS = 10


@dataclass(frozen=True)
class Case:
    """A request with what the team did about it, and the other requests that seem to be of the same person."""

    request: ConsultationRequest
    stays: tuple[Stay, ...]
    notes: tuple[InternalNote, ...]
    calls: tuple[Call, ...]
    same_person: tuple[ConsultationRequest, ...] = ()
    additions: tuple[Addition, ...] = ()


def list_requests(
    actor: Actor, uow: UnitOfWork, now: datetime, statuses: Iterable[RequestStatus] = ()
) -> list[ConsultationRequest]:
    """Return the requests, newest first; only those in `statuses` when any is given.

    Raises:
        AccessRefused: the actor may not read requests.
        StorageUnavailable: the database cannot be reached.
    """
    return _read_many(actor, uow, now, tuple(statuses), Right.READ, Act.LISTED, {})


def export_requests(
    actor: Actor, uow: UnitOfWork, now: datetime, statuses: Iterable[RequestStatus] = (), *, layout: str = "json"
) -> list[ConsultationRequest]:
    """Return the requests with everything they hold, to be written into a file of the given layout.

    Raises:
        AccessRefused: the actor may not export requests.
        StorageUnavailable: the database cannot be reached.
    """
    return _read_many(actor, uow, now, tuple(statuses), Right.EXPORT, Act.EXPORTED, {"format": layout})


def view_request(actor: Actor, uow: UnitOfWork, reference: str, now: datetime) -> Case:
    """Return one request with everything it holds.

    Raises:
        AccessRefused: the actor may not read requests.
        RequestNotFound: no request has this reference.
        StorageUnavailable: the database cannot be reached.
    """
    check_right(actor, uow, Right.READ, now)

    def read() -> Case:
        request = known_request(uow, reference)
        uow.audit.record(actor, Act.VIEWED, now, reference)
        return case_of(uow, request)

    return in_transaction(uow, read)


def case_of(uow: UnitOfWork, request: ConsultationRequest) -> Case:
    """Return a request that was read in this unit of work with all that belongs to it."""
    rows, reference = uow.requests, request.reference
    others = uow.queue.with_terms(same_person(request.answers), _MOST_OTHERS)
    return Case(
        request,
        tuple(rows.stays(reference)),
        tuple(rows.notes(reference)),
        tuple(rows.calls(reference)),
        tuple(other for other in others if other.reference != reference),
        tuple(uow.additions.of(reference)),
    )


def read_transcript(actor: Actor, uow: UnitOfWork, chats: Chats, reference: str, now: datetime) -> list[Line]:
    """Return the chat from which a request came; nothing when it is not kept any more.

    Raises:
        AccessRefused, RequestNotFound, StorageUnavailable: as for `view_request`.
        SettingsError, DataKeyMismatch: the key of the conversations is missing, or is not theirs.
    """
    check_right(actor, uow, Right.READ, now)

    def note() -> tuple[str, ...]:
        request = known_request(uow, reference)
        uow.audit.record(actor, Act.VIEWED, now, reference, {"reason": "transcript"})
        return request.conversations

    # Noted first: nobody reads what the audit does not know of.
    return [line for conversation in in_transaction(uow, note) for line in chats.transcript(conversation)]


def change_status(
    actor: Actor,
    uow: UnitOfWork,
    reference: str,
    status: RequestStatus,
    now: datetime,
    *,
    expected: int | None = None,
    due: Due | None = None,
) -> ConsultationRequest:
    """Move a request to another status.

    Args:
        actor: who moves it.
        uow: unit of work, not entered.
        reference: of the request.
        status: the status to move to.
        now: present time with its zone.
        expected: the version that was read; None moves it as it is now.
        due: computes the deadline of a patient whose wait begins.

    Raises:
        AccessRefused: the actor may not change requests.
        RequestNotFound: no request has this reference.
        InvalidTransition: the status cannot follow the present one.
        Conflict: somebody else changed it since it was read.
        StorageUnavailable: nothing was changed.
    """
    check_right(actor, uow, Right.WRITE, now)

    def move() -> ConsultationRequest:
        request = _as_read(uow, reference, expected)
        moved = request.moved_to(status, now, actor.id, due)
        uow.requests.update(moved)
        uow.outbox.add(EventKind.STATUS_CHANGED, moved, now)
        uow.audit.record(actor, Act.MOVED, now, reference, {"from": str(request.status), "to": str(status)})
        return moved

    return in_transaction(uow, move)


def claim_request(actor: Actor, uow: UnitOfWork, reference: str, now: datetime) -> ConsultationRequest:
    """Take a request that nobody has; of many who try at once, one gets it. Taking one's own again changes nothing.

    Raises:
        AccessRefused: the actor may not change requests.
        RequestNotFound: no request has this reference.
        Conflict: somebody else has it; it says who, and since when.
        InvalidTransition: it is withdrawn.
        StorageUnavailable: nothing was changed.
    """
    check_right(actor, uow, Right.WRITE, now)

    def claim() -> ConsultationRequest:
        # Reading first spares most of those who are too late a wait for the one who writes.
        won = known_request(uow, reference).assigned_to is None and uow.requests.claim(reference, actor.id, now)
        request = known_request(uow, reference)
        if won:
            uow.audit.record(actor, Act.CLAIMED, now, reference)
        elif request.status is RequestStatus.WITHDRAWN:
            raise InvalidTransition(f"{reference} was withdrawn by the patient: there is nothing to do about it")
        elif request.assigned_to != actor.id:
            raise Conflict(reference, str(request.assigned_to), "claimed", request.assigned_at or request.updated_at)
        return request

    return in_transaction(uow, claim)


def release_request(
    actor: Actor, uow: UnitOfWork, reference: str, now: datetime, *, expected: int | None = None
) -> ConsultationRequest:
    """Give a request back, so that somebody else can take it.

    Raises:
        AccessRefused: it is somebody else's, and the actor may not take it away.
        RequestNotFound, Conflict, StorageUnavailable: as for `change_status`.
    """
    check_right(actor, uow, Right.WRITE, now)
    with uow:
        owner = known_request(uow, reference).assigned_to
    if owner not in (None, actor.id):
        check_right(actor, uow, Right.REASSIGN, now)

    def release() -> ConsultationRequest:
        request = _as_read(uow, reference, expected)
        if request.assigned_to is None:
            return request
        if request.assigned_to not in (owner, actor.id):
            raise AccessRefused(f"{reference} was taken by {request.assigned_to} meanwhile: read it again")
        released = request.changed(actor.id, "released", now, assigned_to=None, assigned_at=None)
        uow.requests.update(released)
        uow.audit.record(actor, Act.RELEASED, now, reference, {"from_person": str(owner)})
        return released

    return in_transaction(uow, release)


def add_note(
    actor: Actor, uow: UnitOfWork, reference: str, text: str, now: datetime, *, expected: int | None = None
) -> ConsultationRequest:
    """Keep a note for the team.

    Raises:
        InvalidTransition: the request is withdrawn, so nothing may be noted about it.
        AccessRefused, RequestNotFound, Conflict, StorageUnavailable: as for `change_status`.
    """
    check_right(actor, uow, Right.WRITE, now)

    def note() -> ConsultationRequest:
        changed = _open(uow, reference, expected).changed(actor.id, "note", now)
        uow.requests.update(changed)
        uow.requests.add_note(reference, InternalNote(actor.id, text, now))
        uow.audit.record(actor, Act.NOTE_ADDED, now, reference)
        return changed

    return in_transaction(uow, note)


def log_call(
    actor: Actor,
    uow: UnitOfWork,
    reference: str,
    outcome: CallOutcome,
    text: str,
    now: datetime,
    *,
    expected: int | None = None,
) -> ConsultationRequest:
    """Keep how a call to the patient ended.

    Raises:
        InvalidTransition: the request is withdrawn, so nothing may be noted about it.
        AccessRefused, RequestNotFound, Conflict, StorageUnavailable: as for `change_status`.
    """
    check_right(actor, uow, Right.WRITE, now)

    def log() -> ConsultationRequest:
        changed = _open(uow, reference, expected).changed(actor.id, "call", now)
        uow.requests.update(changed)
        uow.requests.add_call(reference, Call(actor.id, outcome, text, now))
        uow.audit.record(actor, Act.CALL_LOGGED, now, reference)
        return changed

    return in_transaction(uow, log)


def _read_many(
    actor: Actor,
    uow: UnitOfWork,
    now: datetime,
    statuses: tuple[RequestStatus, ...],
    right: Right,
    act: Act,
    details: dict[str, str],
) -> list[ConsultationRequest]:
    check_right(actor, uow, right, now)

    def read() -> list[ConsultationRequest]:
        found = list(uow.requests.all(statuses))
        told = {**details, "count": str(len(found)), "statuses": ",".join(statuses)}
        uow.audit.record(actor, act, now, details=told)
        return found

    return in_transaction(uow, read)


def known_request(uow: UnitOfWork, reference: str) -> ConsultationRequest:
    """Return a request in this unit of work.

    Raises:
        RequestNotFound: no request has this reference.
    """
    request = uow.requests.get(reference)
    if request is None:
        raise RequestNotFound(f"no request has the reference {reference}")
    return request


def _as_read(uow: UnitOfWork, reference: str, expected: int | None) -> ConsultationRequest:
    request = known_request(uow, reference)
    request.check_version(expected)
    return request


def _open(uow: UnitOfWork, reference: str, expected: int | None) -> ConsultationRequest:
    request = _as_read(uow, reference, expected)
    if request.status is RequestStatus.WITHDRAWN:
        raise InvalidTransition(f"{reference} was withdrawn by the patient: nothing may be noted about it")
    return request
