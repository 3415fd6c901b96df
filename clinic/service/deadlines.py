"""Keeps the deadlines of waiting patients in step with the clinic's calendar."""

from clinic.domain.calendar import Deadlines
from clinic.domain.statuses import STATUSES
from clinic.service.unit_of_work import UnitOfWork, in_transaction


def recompute_deadlines(uow: UnitOfWork, deadlines: Deadlines) -> int:
    """Compute the deadlines of all who wait anew, after opening hours or holidays changed; return how many moved.

    Raises:
        StorageUnavailable: nothing was changed; call again later.
    """
    waiting = [each for each, status in STATUSES.items() if status.waits]

    def recompute() -> int:
        moved = 0
        for request in list(uow.requests.all(waiting)):
            due = deadlines.due(request.waiting_since) if request.waiting_since else None
            if due != request.due_at:
                uow.requests.set_due(request.reference, due)
                moved += 1
        return moved

    return in_transaction(uow, recompute)
