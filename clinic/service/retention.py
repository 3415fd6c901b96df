"""Deletes what has been kept for as long as the privacy notice says, and no longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.domain.actors import Actor
from clinic.domain.audit import Act
from clinic.service.sign_in import LONGEST
from clinic.service.unit_of_work import UnitOfWork
from clinic.settings import Settings


@dataclass(frozen=True)
class Purged:
    """How much was deleted."""

    drafts: int
    safety_events: int
    requests: int
    messages: int = 0

    @property
    def total(self) -> int:
        """Everything together."""
        return self.drafts + self.safety_events + self.requests + self.messages


def purge(actor: Actor, uow: UnitOfWork, settings: Settings, now: datetime) -> Purged:
    """Delete unsent intakes that nobody touched, events that no request took, and requests past their time.

    With a request go the team's notes and calls. The audit stays, and nothing links it with the request any more.

    Args:
        actor: who has it done.
        uow: unit of work, not entered.
        settings: `keep_drafts_days` counts from the last answer, `keep_requests_days` from the day of sending.
        now: present time with its zone.

    Raises:
        StorageUnavailable: nothing was deleted; call again later.
    """
    unsent = now - timedelta(days=settings.keep_drafts_days)
    sent = now - timedelta(days=settings.keep_requests_days)
    with uow:
        messages = uow.outbox.remove_older_than(now - timedelta(days=settings.keep_messages_days))
        uow.accounts.remove_sessions_before(now - LONGEST)
        purged = Purged(
            messages=messages,
            drafts=uow.drafts.remove_untouched_since(unsent),
            safety_events=uow.safety_events.remove_waiting_since(unsent),
            requests=uow.requests.remove_sent_before(sent),
        )
        if purged.total:
            uow.audit.record(actor, Act.PURGED, now, details={"count": str(purged.total)})
        uow.commit()
    return purged
