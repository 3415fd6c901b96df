"""Erases what is kept of the person behind one request, whoever asked for it: the patient, staff, or a restore."""

from collections.abc import Mapping
from datetime import datetime

from clinic.domain.actors import PATIENT, Actor, Role
from clinic.domain.audit import Act
from clinic.domain.requests import ConsultationRequest
from clinic.service.unit_of_work import UnitOfWork


def erase_request(
    actor: Actor,
    uow: UnitOfWork,
    request: ConsultationRequest,
    now: datetime,
    details: Mapping[str, str] | None = None,
) -> ConsultationRequest:
    """Erase a request that was read in this unit of work; the caller commits, and erases the transcript.

    Everything in `clinic.storage.persons.STORES` goes: answers, consents, notes, safety events, drafts of the intake
    and the conversation, what the team noted, messages, what it is found by, and what links it with the audit. A
    tombstone stays: reference, status "withdrawn" and times. The erasure is noted outside of the database, so that a
    backup that is restored forgets it again.

    Args:
        actor: who has it done.
        uow: unit of work, entered.
        request: as it was read.
        now: present time with its zone.
        details: codes for the audit.

    Returns:
        The tombstone.

    Raises:
        InvalidTransition: it is erased already.
    """
    # A restore repeats what somebody did before, nearly always the patient.
    by = actor.id if actor.role not in (Role.PATIENT, Role.SYSTEM) else PATIENT.id
    tombstone = request.erased(now, by)
    for conversation in request.conversations or (None,):
        uow.note_erasure(request.intake_id, now, request.reference, conversation)
    uow.requests.update(tombstone)
    uow.audit.record(actor, Act.ERASED, now, request.reference, details)
    uow.audit.forget(request.reference)
    uow.persons.erase(request)
    return tombstone
