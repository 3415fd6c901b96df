"""The consultation request: what the clinic receives when a patient finishes the intake."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from clinic.domain.statuses import STATUSES, RequestStatus, check_transition
from clinic.errors import Conflict, InvalidTransition

# The deadline of a patient who waits since the given moment.
Due = Callable[[datetime], datetime | None]
# The bot and the action server may both report one event, each with its own clock.
_SAME_EVENT_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Consent:
    """One answer to a consent question, with the version of the text that was shown and the time (UTC)."""

    question_id: str
    text_version: str
    answer: str
    given_at: datetime


@dataclass(frozen=True)
class SafetyEvent:
    """An emergency or crisis message that the patient triggered.

    `kind` is "emergency" or "crisis"; `rule` names the safety rule that fired; `at` is the time (UTC).
    """

    kind: str
    rule: str
    at: datetime


@dataclass(frozen=True)
class Addition:
    """What the patient added to a request after sending it, in her words."""

    text: str
    at: datetime


@dataclass(frozen=True)
class PreScreenNote:
    """A point for staff to discuss with the patient; never a decision and never shown to the patient."""

    code: str
    text: str


@dataclass(frozen=True)
class LeftOpen:
    """What a request does not say: ids of questions that were not asked, and of those the patient left out.

    Neither is a "no": nothing is known of it.
    """

    not_asked: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    def plain(self) -> dict[str, list[str]]:
        """Return the form in which it is stored."""
        return {"not_asked": list(self.not_asked), "skipped": list(self.skipped)}

    @classmethod
    def of(cls, stored: Mapping[str, list[str]]) -> "LeftOpen":
        """Read the stored form."""
        return cls(tuple(stored["not_asked"]), tuple(stored["skipped"]))


@dataclass(frozen=True)
class ConsultationRequest:
    """A finished intake as the clinic's desk sees it.

    `answers` maps question ids to stored values, `words` to what the patient wrote for them; `left_open` says what
    the answers do not hold (None: not known); `conversation_id` links to the transcript, `earlier_conversations` to
    those of chats in which it was begun. A withdrawn request is a tombstone: reference, status and times stay,
    everything the patient told is gone.

    `version` grows with each change that a reader has to know of; `changed_by` and `change` say who made the last
    one and what it was, `updated_at` when. `waiting_since` is the time since when the patient waits for the clinic,
    `due_at` the time by which she should have heard from it; both are None while she does not wait.
    """

    reference: str
    intake_id: str
    status: RequestStatus
    channel: str
    locale: str
    questionnaire_version: str
    answers: Mapping[str, Any]
    consents: tuple[Consent, ...]
    notes: tuple[PreScreenNote, ...]
    safety_events: tuple[SafetyEvent, ...]
    conversation_id: str | None
    created_at: datetime
    updated_at: datetime
    version: int = 1
    changed_by: str = "patient"
    change: str = "submitted"
    assigned_to: str | None = None
    assigned_at: datetime | None = None
    waiting_since: datetime | None = None
    due_at: datetime | None = None
    left_open: LeftOpen | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    earlier_conversations: tuple[str, ...] = ()

    @property
    def conversations(self) -> tuple[str, ...]:
        """The chats it came from, in their order; none of a tombstone."""
        return (*self.earlier_conversations, *([self.conversation_id] if self.conversation_id else []))

    @property
    def is_urgent(self) -> bool:
        """Whether an emergency or a crisis came up in the chat."""
        return bool(self.safety_events)

    def check_version(self, expected: int | None) -> None:
        """Check that nobody changed the request since it was read; None stands for "as it is now".

        Raises:
            Conflict: somebody did; it says who, what and when.
        """
        if expected is not None and expected != self.version:
            raise Conflict(self.reference, self.changed_by, self.change, self.updated_at)

    def changed(self, by: str, change: str, now: datetime, **values: Any) -> "ConsultationRequest":
        """Return the request with a change that its readers have to know of."""
        return replace(self, **values, version=self.version + 1, changed_by=by, change=change, updated_at=now)

    def moved_to(
        self, status: RequestStatus, now: datetime, by: str = "system", due: Due | None = None
    ) -> "ConsultationRequest":
        """Return the request in another status; the patient's wait begins, goes on or ends with it.

        Args:
            status: the status to move to.
            now: present time with its zone.
            by: the id of who moves it.
            due: computes the deadline from the moment since when the patient waits; None sets none.

        Raises:
            InvalidTransition: the status cannot follow the present one; withdrawing goes through `erased`.
        """
        if status is RequestStatus.WITHDRAWN:
            raise InvalidTransition(
                "a request is withdrawn by erasing it, which the patient does in the chat "
                '(by typing "erase my data"); staff can close it as declined'
            )
        check_transition(self.status, status)
        since = (self.waiting_since or now) if STATUSES[status].waits else None
        due_at = due(since) if since and due else None
        return self.changed(by, str(status), now, status=status, waiting_since=since, due_at=due_at)

    def erased(self, now: datetime, by: str = "patient") -> "ConsultationRequest":
        """Return the tombstone that is left when the patient withdraws the request, or staff erase it for her.

        Raises:
            InvalidTransition: it is withdrawn already.
        """
        check_transition(self.status, RequestStatus.WITHDRAWN)
        return self.changed(
            by,
            "withdrawn" if by == "patient" else "erased",
            now,
            status=RequestStatus.WITHDRAWN,
            channel="",
            locale="",
            answers={},
            left_open=None,
            words={},
            consents=(),
            notes=(),
            safety_events=(),
            conversation_id=None,
            earlier_conversations=(),
            assigned_to=None,
            assigned_at=None,
            waiting_since=None,
            due_at=None,
        )

    def with_safety_event(self, event: SafetyEvent) -> "ConsultationRequest":
        """Return the request with one more safety event; a second report of the same one adds nothing."""
        events = merge_safety_events(self.safety_events, [event])
        if events == self.safety_events:
            return self
        return self.changed("patient", "safety_event", event.at, safety_events=events)


@dataclass(frozen=True)
class Draft:
    """An unfinished intake, kept after each answer so that no restart loses it.

    `state` is whatever the intake engine needs to go on, as JSON-able values; its key `born` holds the patient's date
    of birth (ISO 8601) once it is known. `earlier_conversations` are those that it was taken on from by its code.
    """

    intake_id: str
    conversation_id: str
    channel: str
    state: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    safety_events: tuple[SafetyEvent, ...] = field(default=())
    earlier_conversations: tuple[str, ...] = ()


def merge_safety_events(*groups: Iterable[SafetyEvent]) -> tuple[SafetyEvent, ...]:
    """Join reports of safety events in order of time, leaving out second reports of the same event.

    Two reports are the same event when kind and rule agree and less than a minute lies between them.
    """
    merged: list[SafetyEvent] = []
    for event in sorted((event for group in groups for event in group), key=lambda event: event.at):
        if not any(_same_event(event, other) for other in merged):
            merged.append(event)
    return tuple(merged)


def _same_event(one: SafetyEvent, other: SafetyEvent) -> bool:
    return (one.kind, one.rule) == (other.kind, other.rule) and abs(one.at - other.at) < _SAME_EVENT_WITHIN
