"""Status lookup and withdrawal by reference and date of birth, for somebody who proves nothing else."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import limits
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from clinic.domain.actors import PATIENT
from clinic.domain.audit import Act
from clinic.domain.reference import normalise_reference
from clinic.domain.requests import ConsultationRequest
from clinic.errors import StorageUnavailable, TooManyAttempts
from clinic.keys import Keyring
from clinic.service.unit_of_work import UnitOfWork, in_transaction
from clinic.settings import Settings

__all__ = ["LookupLimiter", "TooManyAttempts", "Withdrawal", "find_request", "withdraw_request"]


class LookupLimiter:
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
        self._keyring = keyring
        self._per_conversation = limits.parse_many(per_conversation)
        self._per_reference = limits.parse_many(per_reference)
        options = {"socket_connect_timeout": 2, "socket_timeout": 2} if redis_url else {}
        self._limiter = MovingWindowRateLimiter(
            storage_from_string(redis_url or "memory://", wrap_exceptions=True, **options)
        )

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
        try:
            self._count(self._per_conversation, "lookup-key", key)
            self._count(self._per_reference, "lookup-reference", reference)
        except StorageError as error:
            raise StorageUnavailable(
                "The store of attempts (MARROW_REDIS_URL) cannot be reached. Check that Redis runs. Then try again."
            ) from error

    def _count(self, items: Sequence[limits.RateLimitItem], purpose: str, value: str) -> None:
        digest = self._keyring.index(purpose, value)
        for item in items:
            if not self._limiter.hit(item, purpose, digest):
                reset = self._limiter.get_window_stats(item, purpose, digest).reset_time
                raise TooManyAttempts(max(1, math.ceil(reset - time.time())))


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal left: the tombstone, and the transcript that the caller has to erase as well."""

    request: ConsultationRequest
    conversation_id: str | None


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
    uow: UnitOfWork, limiter: LookupLimiter, reference: str, date_of_birth: date, key: str, now: datetime
) -> Withdrawal | None:
    """Erase what the patient told: answers, consents, notes, safety events, drafts, link to the transcript.

    With it goes what the team noted, and what links the request with its entries in the audit. A tombstone stays:
    reference, status "withdrawn" and times. The date of birth is erased too, so the same pair is not found again.

    Args and raises: as for `find_request`.

    Returns:
        The withdrawal, or None alike for a wrong reference, a wrong date and a request withdrawn before.
    """
    known = normalise_reference(reference)
    limiter.count(key, known or "")

    def erase() -> Withdrawal | None:
        request = uow.requests.verified(known, date_of_birth)
        if request is None:
            uow.audit.record(PATIENT, Act.LOOKUP_FAILED, now)
            return None
        tombstone = request.erased(now)
        uow.note_erasure(request.intake_id, now, request.reference, request.conversation_id)
        uow.requests.update(tombstone)
        uow.audit.record(PATIENT, Act.ERASED, now, request.reference)
        uow.audit.forget(request.reference)
        uow.drafts.remove(request.intake_id)
        if request.conversation_id is not None:
            uow.drafts.remove_conversation(request.conversation_id)
            uow.safety_events.remove_waiting(request.conversation_id, request.intake_id)
        return Withdrawal(request=tombstone, conversation_id=request.conversation_id)

    return in_transaction(uow, erase)
