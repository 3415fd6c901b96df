"""What the clinic is told about: the event's kind, a reference and an urgency, and nothing that a patient said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


class Channel(StrEnum):
    """A way to the clinic."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class EventKind(StrEnum):
    """What happened."""

    REQUEST_SUBMITTED = "request_submitted"
    SAFETY_RAISED = "safety_raised"
    STATUS_CHANGED = "status_changed"


# A person is told what needs a person; another program may follow each step.
CHANNELS: Mapping[EventKind, tuple[Channel, ...]] = {
    EventKind.REQUEST_SUBMITTED: (Channel.EMAIL, Channel.WEBHOOK),
    EventKind.SAFETY_RAISED: (Channel.EMAIL, Channel.WEBHOOK),
    EventKind.STATUS_CHANGED: (Channel.WEBHOOK,),
}


@dataclass(frozen=True)
class OutboxMessage:
    """One message to one channel. `id` is the same at every attempt, so that a receiver can tell a repetition."""

    id: str
    channel: Channel
    kind: EventKind
    reference: str
    urgent: bool
    status: str
    created_at: datetime
    next_at: datetime
    attempts: int = 0
    delivered_at: datetime | None = None
    problem: str = ""


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts failed: one minute, doubled each time, at most six hours."""
    doubled: int = 2 ** min(attempts - 1, 20)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)
