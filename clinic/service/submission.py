"""From the chat to the clinic: drafts, safety events, and exactly one request for a finished intake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clinic.domain.asked import Asked
from clinic.domain.calendar import Deadlines
from clinic.domain.events import EventKind
from clinic.domain.prescreen import ToldSign, prescreen_notes, sign_notes
from clinic.domain.reference import new_reference
from clinic.domain.requests import (
    Consent,
    ConsultationRequest,
    Draft,
    LeftOpen,
    SafetyEvent,
    merge_safety_events,
)
from clinic.domain.statuses import RequestStatus
from clinic.errors import ConcurrentChange, ConsentMissing, DuplicateRow, IntakeMoved
from clinic.service.unit_of_work import UnitOfWork, in_transaction

# Another process may store the same intake, or draw the same reference, at the same moment.
_FASTER = (DuplicateRow, ConcurrentChange)


@dataclass(frozen=True)
class Submission:
    """A finished intake as the bot hands it over; `intake_id` makes repeating it harmless."""

    intake_id: str
    conversation_id: str
    channel: str
    locale: str
    questionnaire_version: str
    answers: Mapping[str, Any]
    consents: tuple[Consent, ...]
    asked: Asked
    safety_events: tuple[SafetyEvent, ...] = field(default=())
    told_signs: tuple[ToldSign, ...] = field(default=())
    left_open: LeftOpen | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def consents_from_control(consents: Mapping[str, Mapping[str, Any]]) -> tuple[Consent, ...]:
    """Read consents as the intake keeps them: {question id: {"version", "given_at" (ISO 8601), "answer"}}.

    Raises:
        KeyError, ValueError: a part is missing or the time cannot be read.
    """
    return tuple(
        Consent(
            question_id=question_id,
            text_version=str(consent["version"]),
            answer=str(consent["answer"]),
            given_at=datetime.fromisoformat(str(consent["given_at"])),
        )
        for question_id, consent in consents.items()
    )


def submit_request(
    uow: UnitOfWork, submission: Submission, now: datetime, deadlines: Deadlines | None = None
) -> ConsultationRequest:
    """Turn a finished intake into one consultation request, however often and from wherever it is called.

    Args:
        uow: unit of work, not entered.
        submission: the finished intake.
        now: present time with its zone.
        deadlines: say by when the clinic should have answered; None sets no deadline.

    Returns:
        The new request, or the one that this intake already ended in (a tombstone if it was withdrawn).

    Raises:
        ConsentMissing: the privacy question was not answered with yes; nothing is stored.
        IntakeMoved: it goes on in another conversation, with answers that this one does not know.
        StorageUnavailable: nothing is lost (the draft stays); call again later.
    """
    if not any(c.question_id == submission.asked.privacy_consent and c.answer == "yes" for c in submission.consents):
        raise ConsentMissing("a request needs the patient's yes to the privacy notice")

    def store() -> ConsultationRequest:
        existing = uow.requests.by_intake(submission.intake_id)
        if existing is not None:
            return existing
        draft = uow.drafts.get(submission.intake_id)
        if draft is not None and draft.conversation_id != submission.conversation_id:
            raise IntakeMoved("the intake goes on in another conversation")
        request = _new_request(uow, submission, draft, now, deadlines)
        uow.requests.add(request)
        uow.outbox.add(EventKind.REQUEST_SUBMITTED, request, now)
        uow.safety_events.remove_waiting(submission.conversation_id, submission.intake_id)
        uow.drafts.remove(submission.intake_id)
        return request

    return in_transaction(uow, store, retry_on=_FASTER)


def save_draft(
    uow: UnitOfWork,
    intake_id: str,
    conversation_id: str,
    channel: str,
    state: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep the state of an unfinished intake; call it after each answer that follows the privacy consent.

    An intake that has ended in a request keeps no draft, so a late repeat cannot bring erased answers back.

    Raises:
        IntakeMoved: the intake goes on, or was sent, in another conversation; nothing was stored.
        StorageUnavailable: the draft was not stored.
    """

    def store() -> None:
        request = uow.requests.by_intake(intake_id)
        if request is None:
            uow.drafts.put(intake_id, conversation_id, channel, dict(state), now)
        elif request.conversation_id != conversation_id:
            raise IntakeMoved("the intake was sent from another conversation")

    in_transaction(uow, store, retry_on=_FASTER)


def load_draft(uow: UnitOfWork, intake_id: str) -> Draft | None:
    """Return the draft of an intake with the safety events of its conversation, or None.

    Raises:
        StorageUnavailable: the database cannot be reached.
    """
    with uow:
        return uow.drafts.get(intake_id)


def discard_draft(uow: UnitOfWork, intake_id: str, now: datetime) -> None:
    """Delete the draft of an intake that the patient cancelled.

    Raises:
        StorageUnavailable: the draft may still be there.
    """

    def remove() -> None:
        if uow.drafts.get(intake_id) is not None:
            uow.note_erasure(intake_id, now)
            uow.drafts.remove(intake_id)

    in_transaction(uow, remove)


def record_safety_event(
    uow: UnitOfWork, conversation_id: str, kind: str, rule: str, now: datetime, intake_id: str | None = None
) -> None:
    """Note that an emergency or a crisis came up in a conversation.

    The event marks the request of the intake (or, without an intake, the newest request of the conversation).
    Without a request it waits: the draft shows it, and the request carries it once it is submitted.

    Raises:
        StorageUnavailable: the event was not stored.
    """
    event = SafetyEvent(kind=kind, rule=rule, at=now)
    in_transaction(uow, lambda: _record(uow, event, conversation_id, intake_id))


def _new_request(
    uow: UnitOfWork, submission: Submission, draft: Draft | None, now: datetime, deadlines: Deadlines | None
) -> ConsultationRequest:
    waiting = uow.safety_events.waiting(submission.conversation_id, submission.intake_id)
    return ConsultationRequest(
        reference=new_reference(),
        intake_id=submission.intake_id,
        status=RequestStatus.NEW,
        channel=submission.channel,
        locale=submission.locale,
        questionnaire_version=submission.questionnaire_version,
        answers=submission.asked.as_stored(submission.answers),
        words=submission.asked.as_stored(submission.words),
        consents=submission.consents,
        notes=(
            *prescreen_notes(submission.answers, now.date(), submission.asked, _not_asked(submission)),
            *sign_notes(submission.told_signs),
        ),
        left_open=submission.left_open,
        safety_events=merge_safety_events(waiting, submission.safety_events),
        conversation_id=submission.conversation_id,
        earlier_conversations=draft.earlier_conversations if draft is not None else (),
        created_at=now,
        updated_at=now,
        waiting_since=now,
        due_at=deadlines.due(now) if deadlines else None,
    )


def _not_asked(submission: Submission) -> tuple[str, ...]:
    return submission.left_open.not_asked if submission.left_open is not None else ()


def _record(uow: UnitOfWork, event: SafetyEvent, conversation_id: str, intake_id: str | None) -> None:
    if intake_id is None:
        request = uow.requests.latest_of_conversation(conversation_id)
    else:
        request = uow.requests.by_intake(intake_id)
    if request is not None and request.status is not RequestStatus.WITHDRAWN:
        marked = request.with_safety_event(event)
        if marked is not request:
            uow.requests.update(marked)
            uow.outbox.add(EventKind.SAFETY_RAISED, marked, event.at)
    else:
        uow.safety_events.add(event, conversation_id, intake_id)
