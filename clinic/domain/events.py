"""What the clinic is told about: the event's kind, a reference and an urgency, and nothing that a patient said.

A patient who wants to hear by e-mail is told, once, that her request came; in the same way, and as little.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.domain.requests import ConsultationRequest
from clinic.domain.search import EMAIL

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


class Channel(StrEnum):
    """A way to the clinic, or to the patient herself."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    PATIENT = "patient"


class EventKind(StrEnum):
    """What happened."""

    REQUEST_SUBMITTED = "request_submitted"
    SAFETY_RAISED = "safety_raised"
    STATUS_CHANGED = "status_changed"
    ADDED = "patient_added"


# A person is told what needs a person; another program may follow each step.
CHANNELS: Mapping[EventKind, tuple[Channel, ...]] = {
    EventKind.REQUEST_SUBMITTED: (Channel.EMAIL, Channel.WEBHOOK),
    EventKind.SAFETY_RAISED: (Channel.EMAIL, Channel.WEBHOOK),
    EventKind.STATUS_CHANGED: (Channel.WEBHOOK,),
    EventKind.ADDED: (Channel.EMAIL, Channel.WEBHOOK),
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
    # Of the patient: read from her request at the moment of sending, and stored nowhere else.
    to: str = ""


# "We got it" is no news any more after this.
WORTH_TELLING = timedelta(days=1)
_MAY_CONTACT, _WAY, _BY_EMAIL = "consent_contact", "preferred_contact", "email"


def channels_of(kind: EventKind, request: ConsultationRequest) -> tuple[Channel, ...]:
    """Return who is told of something that happened to a request."""
    to_patient = kind is EventKind.REQUEST_SUBMITTED and agreed_address(request)
    return (*CHANNELS[kind], Channel.PATIENT) if to_patient else CHANNELS[kind]


def agreed_address(request: ConsultationRequest) -> str | None:
    """Return the e-mail address of a patient who allowed contact and chose e-mail for it; None for all others."""
    allowed = any(each.question_id == _MAY_CONTACT and each.answer == "yes" for each in request.consents)
    chosen = request.answers.get(_WAY) == _BY_EMAIL
    return str(request.answers.get(EMAIL) or "") or None if allowed and chosen else None


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts failed: one minute, doubled each time, at most six hours."""
    doubled: int = 2 ** min(attempts - 1, 20)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)
