"""Status lookup and withdrawal by reference and date of birth, for somebody who proves nothing else."""

from dataclasses import dataclass
from datetime import date, datetime

from clinic.domain.actors import PATIENT
from clinic.domain.audit import Act
from clinic.domain.reference import normalise_reference
from clinic.domain.requests import ConsultationRequest
from clinic.keys import Keyring
from clinic.service.erasure import erase_request
from clinic.service.limits import AttemptLimiter
from clinic.service.unit_of_work import UnitOfWork, in_transaction
from clinic.settings import Settings

_PER_KEY, _PER_REFERENCE = "lookup-key", "lookup-reference"


class LookupLimiter(AttemptLimiter):
    """Counts attempts by who asks and by reference, so that neither one nor many askers can guess a date.

    Args:
        keyring: hides conversation ids and references from the store of the counts.
        per_conversation: limits for one asker, such as "5 per 15 minutes".
        per_reference: limits for one reference, whoever asks.
        redis_url: where processes count together; None counts in this process's memory.
    """

    def __init__(
        self, keyring: Keyring, per_conversation: str, per_reference: str, redis_url: str | None = None
    ) -> None:
        super().__init__(keyring, {_PER_KEY: per_conversation, _PER_REFERENCE: per_reference}, redis_url)

    @classmethod
    def from_settings(cls, settings: Settings, keyring: Keyring) -> "LookupLimiter":
        """Return the limiter that the settings describe."""
        return cls(
            keyring,
            settings.lookup_limit_per_conversation,
            settings.lookup_limit_per_reference,
            settings.redis_url.get_secret_value() if settings.redis_url else None,
        )

    def count(self, key: str, reference: str) -> None:
        """Count one attempt.

        Args:
            key: who asks: the conversation id or the network address.
            reference: what was asked for.

        Raises:
            TooManyAttempts: the attempt is one too many and must not be carried out.
            StorageUnavailable: the counts cannot be reached; the attempt must not be carried out either.
        """
        self.count_attempt({_PER_KEY: key, _PER_REFERENCE: reference})


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal left: the tombstone, and the conversations that the caller has to erase as well."""

    request: ConsultationRequest
    conversations: tuple[str, ...]


def find_request(
    uow: UnitOfWork, limiter: LookupLimiter, reference: str, date_of_birth: date, key: str, now: datetime
) -> ConsultationRequest | None:
    """Return the request with this reference if the date of birth is its patient's.

    Args:
        uow: unit of work, not entered.
        limiter: counts the attempt first, whatever its outcome.
        reference: as the patient typed it.
        date_of_birth: as the patient gave it.
        key: who asks: the conversation id or the network address.
        now: present time with its zone.

    Returns:
        The request, or None alike for a wrong reference, a wrong date and a request that was withdrawn.

    Raises:
        TooManyAttempts: `retry_after` says for how many seconds nothing is looked up.
        StorageUnavailable: the database or the limiter's store cannot be reached.
    """
    known = normalise_reference(reference)
    limiter.count(key, known or "")
    with uow:
        request = uow.requests.verified(known, date_of_birth)
        if request is None:
            uow.audit.record(PATIENT, Act.LOOKUP_FAILED, now)
            uow.commit()
        return request


def withdraw_request(
    uow: UnitOfWork, limiter: LookupLimiter | None, reference: str, date_of_birth: date, key: str, now: datetime
) -> Withdrawal | None:
    """Erase what the patient told: answers, consents, notes, safety events, drafts, link to the transcript.

    With it goes what the team noted, and what links the request with its entries in the audit. A tombstone stays:
    reference, status "withdrawn" and times. The date of birth is erased too, so the same pair is not found again.

    Args and raises: as for `find_request`; without a limiter nothing is counted, which is for a chat that has been
    shown already that the request is its patient's.

    Returns:
        The withdrawal, or None alike for a wrong reference, a wrong date and a request withdrawn before.
    """
    known = normalise_reference(reference)
    if limiter is not None:
        limiter.count(key, known or "")

    def erase() -> Withdrawal | None:
        request = uow.requests.verified(known, date_of_birth)
        if request is None:
            uow.audit.record(PATIENT, Act.LOOKUP_FAILED, now)
            return None
        tombstone = erase_request(PATIENT, uow, request, now)
        return Withdrawal(request=tombstone, conversations=request.conversations)

    return in_transaction(uow, erase)
