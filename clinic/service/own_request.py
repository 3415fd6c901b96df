"""What a patient does with a request after sending it: reads it, adds to it; the chat has been shown that it is hers.

The chat knows reference and date of birth, because it sent the request or found it by both (`clinic.service.lookup`).
Both are compared again each time, and nothing is counted: who holds the right pair guesses nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime

from clinic.domain.actors import PATIENT
from clinic.domain.audit import Act
from clinic.domain.events import EventKind
from clinic.domain.requests import Addition, ConsultationRequest
from clinic.errors import ConcurrentChange
from clinic.service.unit_of_work import UnitOfWork, in_transaction

# What a patient may add in one message (characters), and how often to one request.
LONGEST_ADDITION = 2000
MOST_ADDITIONS = 50


@dataclass(frozen=True)
class OwnRequest:
    """A request with what its patient added since."""

    request: ConsultationRequest
    additions: tuple[Addition, ...]


def own_request(
    uow: UnitOfWork, reference: str, date_of_birth: date, now: datetime, *, copy: bool = False
) -> OwnRequest | None:
    """Return the request that the chat knows; None once it is withdrawn or deleted.

    Args:
        uow: unit of work, not entered.
        reference: as it was told to the patient.
        date_of_birth: the patient's.
        now: present time with its zone.
        copy: the patient is shown all that it holds, which is audited as an act of hers.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """
    with uow:
        request = uow.requests.verified(reference, date_of_birth)
        if request is None:
            return None
        additions = tuple(uow.additions.of(reference))
        if copy:
            uow.audit.record(PATIENT, Act.COPIED, now, reference)
            uow.commit()
        return OwnRequest(request, additions)


def add_to_request(
    uow: UnitOfWork, reference: str, date_of_birth: date, text: str, now: datetime
) -> ConsultationRequest | None:
    """Keep what the patient says about a request that was sent: dated, in her words, beside the answers.

    The request's version grows, so that staff who read it before learn of it; the clinic is told. The same words once
    more add nothing.

    Args:
        uow: unit of work, not entered.
        reference: as it was told to the patient.
        date_of_birth: the patient's.
        text: what she wrote, at most `LONGEST_ADDITION` characters of it are kept.
        now: present time with its zone.

    Returns:
        The request; None when it is withdrawn or deleted, or has `MOST_ADDITIONS` already.

    Raises:
        StorageUnavailable: it is not known to be stored; doing the same again is safe.
    """
    said = text.strip()[:LONGEST_ADDITION]

    def add() -> ConsultationRequest | None:
        request = uow.requests.verified(reference, date_of_birth)
        if request is None:
            return None
        known = uow.additions.of(reference)
        if any(addition.text == said for addition in known):
            return request
        if len(known) >= MOST_ADDITIONS:
            return None
        changed = request.changed("patient", "addition", now)
        uow.requests.update(changed)
        uow.additions.add(reference, Addition(said, now))
        uow.outbox.add(EventKind.ADDED, changed, now)
        uow.audit.record(PATIENT, Act.ADDED, now, reference)
        return changed

    return in_transaction(uow, add, retry_on=(ConcurrentChange,))
