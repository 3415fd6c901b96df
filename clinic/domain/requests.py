"""The consultation request: what the clinic receives when a patient finishes the intake."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from clinic.errors import InvalidTransition

PRIVACY_CONSENT = "consent_privacy"
# The bot and the action server may both report one event, each with its own clock.
_SAME_EVENT_WITHIN = timedelta(seconds=60)


class RequestStatus(StrEnum):
    """Where a request is on its way through the clinic."""

    NEW = "new"
    IN_REVIEW = "in_review"
    CONTACTED = "contacted"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


_S = RequestStatus
# A patient may withdraw at any time, even after a consultation: erasure is a right, not a stage.
ALLOWED_TRANSITIONS: Mapping[RequestStatus, frozenset[RequestStatus]] = {
    _S.NEW: frozenset({_S.IN_REVIEW, _S.CONTACTED, _S.DECLINED, _S.WITHDRAWN}),
    _S.IN_REVIEW: frozenset({_S.CONTACTED, _S.SCHEDULED, _S.DECLINED, _S.WITHDRAWN}),
    _S.CONTACTED: frozenset({_S.IN_REVIEW, _S.SCHEDULED, _S.DECLINED, _S.WITHDRAWN}),
    _S.SCHEDULED: frozenset({_S.CONTACTED, _S.COMPLETED, _S.DECLINED, _S.WITHDRAWN}),
    _S.COMPLETED: frozenset({_S.WITHDRAWN}),
    _S.DECLINED: frozenset({_S.IN_REVIEW, _S.WITHDRAWN}),
    _S.WITHDRAWN: frozenset(),
}


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
class PreScreenNote:
    """A point for staff to discuss with the patient; never a decision and never shown to the patient."""

    code: str
    text: str


@dataclass(frozen=True)
class ConsultationRequest:
    """A finished intake as the clinic's desk sees it.

    `answers` maps question ids to stored values; `conversation_id` links to the transcript. A withdrawn
    request is a tombstone: reference, status and times stay, everything the patient told is gone.
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

    def moved_to(self, status: RequestStatus, now: datetime) -> "ConsultationRequest":
        """Return the request in another status.

        Raises:
            InvalidTransition: the status cannot follow the present one; withdrawing goes through `erased`.
        """
        if status is RequestStatus.WITHDRAWN:
            raise InvalidTransition(
                "a request is withdrawn by erasing it, which the patient does in the chat "
                '(by typing "erase my data"); staff can close it as declined'
            )
        self._check_transition(status)
        return replace(self, status=status, updated_at=now)

    def erased(self, now: datetime) -> "ConsultationRequest":
        """Return the tombstone that is left when the patient withdraws the request.

        Raises:
            InvalidTransition: it is withdrawn already.
        """
        self._check_transition(RequestStatus.WITHDRAWN)
        return replace(
            self,
            status=RequestStatus.WITHDRAWN,
            channel="",
            locale="",
            answers={},
            consents=(),
            notes=(),
            safety_events=(),
            conversation_id=None,
            updated_at=now,
        )

    def with_safety_event(self, event: SafetyEvent) -> "ConsultationRequest":
        """Return the request with one more safety event; a second report of the same one adds nothing."""
        events = merge_safety_events(self.safety_events, [event])
        return self if events == self.safety_events else replace(self, safety_events=events, updated_at=event.at)

    def _check_transition(self, status: RequestStatus) -> None:
        if status not in ALLOWED_TRANSITIONS[self.status]:
            raise InvalidTransition(
                f"a request that is {self.status} cannot become {status}; {self._what_can_follow()}"
            )

    def _what_can_follow(self) -> str:
        following = [str(status) for status in RequestStatus if status in ALLOWED_TRANSITIONS[self.status]]
        by_staff = [status for status in following if status != RequestStatus.WITHDRAWN]
        return f"it can become {' or '.join(by_staff)}" if by_staff else "it stays as it is"


@dataclass(frozen=True)
class Draft:
    """An unfinished intake, kept after each answer so that no restart loses it.

    `state` is whatever the intake engine needs to go on, as JSON-able values.
    """

    intake_id: str
    conversation_id: str
    channel: str
    state: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    safety_events: tuple[SafetyEvent, ...] = field(default=())


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
