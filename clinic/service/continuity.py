"""An unsent intake that goes on elsewhere: its code, and the conversation that takes it on with code and birth date."""

from datetime import date, datetime

from clinic.domain.actors import PATIENT
from clinic.domain.audit import Act
from clinic.domain.codes import normalise_code
from clinic.domain.requests import Draft
from clinic.errors import ConcurrentChange, DuplicateRow
from clinic.service.lookup import LookupLimiter
from clinic.service.unit_of_work import UnitOfWork, in_transaction


def resume_code(uow: UnitOfWork, intake_id: str) -> str | None:
    """Return the code of a stored intake, the same one each time it is asked for.

    Only a keyed digest of it is stored, and it goes with the draft: when that is sent, cancelled, withdrawn or expired.

    Returns:
        The code, or None while the intake is not stored or its patient's date of birth is not known: a code alone
        opens nothing.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """
    with uow:
        given = uow.drafts.code(intake_id)
        if given is None:
            return None
        code, is_new = given
        if is_new:
            uow.commit()
        return code


def take_over(
    uow: UnitOfWork,
    limiter: LookupLimiter,
    code: str,
    date_of_birth: date,
    conversation_id: str,
    channel: str,
    now: datetime,
) -> Draft | None:
    """Have the intake of a code go on in another conversation.

    Args:
        uow: unit of work, not entered.
        limiter: counts the attempt first, whatever its outcome: by conversation, and by code whoever asks.
        code: as the patient typed it.
        date_of_birth: as the patient gave it.
        conversation_id: where it goes on; the conversation before may not write to it any more.
        channel: on which that one is.
        now: present time with its zone.

    Returns:
        The draft, or None alike for a wrong code, a wrong date, and an intake that is over or expired.

    Raises:
        TooManyAttempts: `retry_after` says for how many seconds nothing is looked up.
        StorageUnavailable: the database or the limiter's store cannot be reached; nothing was changed.
    """
    known = normalise_code(code)
    limiter.count(conversation_id, known or "")

    def take() -> Draft | None:
        draft = uow.drafts.by_code(known, date_of_birth)
        if draft is None:
            uow.audit.record(PATIENT, Act.LOOKUP_FAILED, now, details={"reason": "code"})
            return None
        uow.drafts.hand_over(draft.intake_id, conversation_id, channel, now)
        uow.audit.record(PATIENT, Act.CONTINUED, now)
        return uow.drafts.get(draft.intake_id)

    return in_transaction(uow, take, retry_on=(ConcurrentChange, DuplicateRow))
