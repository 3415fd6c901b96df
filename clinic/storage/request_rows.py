"""Reads consultation requests from their rows: whole, or as a list shows them."""

from dataclasses import replace
from datetime import datetime

from clinic.domain.requests import Consent, ConsultationRequest, LeftOpen, PreScreenNote
from clinic.domain.statuses import RequestStatus
from clinic.storage.models import RequestRow
from clinic.storage.repositories import event_of


def request_of(row: RequestRow) -> ConsultationRequest:
    """Return what a row holds."""
    return replace(
        listed_of(row),
        words=row.words or {},
        consents=tuple(
            Consent(
                question_id=consent["question_id"],
                text_version=consent["text_version"],
                answer=consent["answer"],
                given_at=datetime.fromisoformat(consent["given_at"]),
            )
            for consent in row.consents
        ),
        notes=tuple(PreScreenNote(code=note["code"], text=note["text"]) for note in row.notes),
        left_open=LeftOpen.of(row.left_open) if row.left_open else None,
        conversation_id=row.conversation_id,
        earlier_conversations=tuple(row.earlier_conversations or ()),
    )


def listed_of(row: RequestRow) -> ConsultationRequest:
    """Return what a list shows of a row: without words, consents, notes, what was left open and the conversation."""
    return ConsultationRequest(
        reference=row.reference,
        intake_id=row.intake_id,
        status=RequestStatus(row.status),
        channel=row.channel,
        locale=row.locale,
        questionnaire_version=row.questionnaire_version,
        answers=row.answers,
        consents=(),
        notes=(),
        safety_events=tuple(event_of(event) for event in row.safety_events),
        conversation_id=None,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        changed_by=row.changed_by,
        change=row.change,
        assigned_to=row.assigned_to,
        assigned_at=row.assigned_at,
        waiting_since=row.waiting_since,
        due_at=row.due_at,
    )
