"""Where a request is on its way through the clinic: the statuses as one table, and what may follow what."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clinic.errors import InvalidTransition


class RequestStatus(StrEnum):
    """Where a request is."""

    NEW = "new"
    IN_REVIEW = "in_review"
    CONTACTED = "contacted"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SPAM = "spam"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Status:
    """What one status means.

    Args:
        followed_by: the statuses that staff may move it to; withdrawing is always possible, once.
        told_as: the status on the wire to the patient, where it is not this one.
        waits: the patient waits for the clinic, so that its clock runs.
    """

    followed_by: tuple[RequestStatus, ...]
    told_as: RequestStatus | None = None
    waits: bool = False


_S = RequestStatus
STATUSES: Mapping[RequestStatus, Status] = {
    _S.NEW: Status(
        (_S.IN_REVIEW, _S.CONTACTED, _S.DECLINED, _S.SPAM, _S.DUPLICATE),
        waits=True,
    ),
    _S.IN_REVIEW: Status(
        (_S.CONTACTED, _S.SCHEDULED, _S.DECLINED, _S.SPAM, _S.DUPLICATE),
        waits=True,
    ),
    _S.CONTACTED: Status(
        (_S.IN_REVIEW, _S.SCHEDULED, _S.DECLINED, _S.DUPLICATE),
    ),
    _S.SCHEDULED: Status((_S.CONTACTED, _S.COMPLETED, _S.DECLINED)),
    _S.COMPLETED: Status(()),
    _S.DECLINED: Status((_S.IN_REVIEW,)),
    _S.WITHDRAWN: Status(()),
    # Somebody may have been taken for a machine: the way back is open, and the words accuse nobody.
    _S.SPAM: Status((_S.IN_REVIEW,), told_as=_S.DECLINED),
    _S.DUPLICATE: Status(
        (_S.IN_REVIEW,),
        told_as=_S.DECLINED,
    ),
}


def check_transition(present: RequestStatus, wanted: RequestStatus) -> None:
    """Check that a request may go from one status to another.

    A patient may withdraw at any time, even after a consultation: erasure is a right, not a stage.

    Raises:
        InvalidTransition: it may not; the text says what may follow.
    """
    if wanted in STATUSES[present].followed_by or (wanted is _S.WITHDRAWN and present is not _S.WITHDRAWN):
        return
    following = " or ".join(STATUSES[present].followed_by)
    what = f"it can become {following}" if following else "it stays as it is"
    raise InvalidTransition(f"a request that is {present} cannot become {wanted}; {what}")


def status_for_patients(status: RequestStatus) -> RequestStatus:
    """Return the status as the wire contract knows it."""
    return STATUSES[status].told_as or status
