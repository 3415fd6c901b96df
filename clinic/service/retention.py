"""Deletes what has been kept for as long as the privacy notice says, and no longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.service.unit_of_work import UnitOfWork
from clinic.settings import Settings


@dataclass(frozen=True)
class Purged:
    """How much was deleted."""

    drafts: int
    safety_events: int
    requests: int


def purge(uow: UnitOfWork, settings: Settings, now: datetime) -> Purged:
    """Delete unsent intakes that nobody touched, events that no request took, and requests past their time.

    Args:
        uow: unit of work, not entered.
        settings: `keep_drafts_days` counts from the last answer, `keep_requests_days` from the day of sending.
        now: present time with its zone.

    Raises:
        StorageUnavailable: nothing was deleted; call again later.
    """
    unsent = now - timedelta(days=settings.keep_drafts_days)
    sent = now - timedelta(days=settings.keep_requests_days)
    with uow:
        purged = Purged(
            drafts=uow.drafts.remove_untouched_since(unsent),
            safety_events=uow.safety_events.remove_waiting_since(unsent),
            requests=uow.requests.remove_sent_before(sent),
        )
        uow.commit()
    return purged
