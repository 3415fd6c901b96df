"""Requests as JSON-able values, for whatever writes them into a file."""

from typing import Any

from clinic.domain.requests import ConsultationRequest
from clinic.labels import Labels
from clinic.service.requests import Case


def case_json(case: Case, labels: Labels) -> dict[str, Any]:
    """Return a request with what the team did, as JSON-able values."""
    return {
        **request_json(case.request, labels),
        "stays": [
            {
                "status": stay.status,
                "started_at": stay.started_at.isoformat(),
                "ended_at": stay.ended_at.isoformat() if stay.ended_at else None,
                "by": stay.by,
            }
            for stay in case.stays
        ],
        "additions": [{"at": each.at.isoformat(), "text": each.text} for each in case.additions],
        "team_notes": [{"by": note.by, "at": note.at.isoformat(), "text": note.text} for note in case.notes],
        "calls": [
            {"by": call.by, "at": call.at.isoformat(), "outcome": str(call.outcome), "text": call.text}
            for call in case.calls
        ],
    }


def completeness(request: ConsultationRequest) -> str:
    """Say how complete a request is; empty where that is not known."""
    if request.left_open is None:
        return ""
    answered, left_out, not_asked = (
        len(request.answers),
        len(request.left_open.skipped),
        len(request.left_open.not_asked),
    )
    return f"{answered} answered, {left_out} left out, {not_asked} not asked"


def request_json(request: ConsultationRequest, labels: Labels) -> dict[str, Any]:
    """Return a request as JSON-able values: one record of an export.

    `answers` holds what is stored, `labels` the same in the words of the questionnaire, `words` what the patient wrote.
    """
    return {
        "reference": request.reference,
        "status": str(request.status),
        "channel": request.channel,
        "locale": request.locale,
        "questionnaire_version": request.questionnaire_version,
        "intake_id": request.intake_id,
        "conversation_id": request.conversation_id,
        "created_at": request.created_at.isoformat(),
        "updated_at": request.updated_at.isoformat(),
        "version": request.version,
        "assigned_to": request.assigned_to,
        "due_at": request.due_at.isoformat() if request.due_at else None,
        "answers": dict(request.answers),
        "not_asked": list(request.left_open.not_asked) if request.left_open else [],
        "left_out": list(request.left_open.skipped) if request.left_open else [],
        "completeness": completeness(request),
        "words": dict(request.words),
        "labels": {
            answer.question_id: {"question": answer.label, "answer": answer.text}
            for answer in (*labels.answers(request), *labels.left_open(request))
        },
        "consents": [
            {
                "question_id": consent.question_id,
                "text_version": consent.text_version,
                "answer": consent.answer,
                "given_at": consent.given_at.isoformat(),
            }
            for consent in request.consents
        ],
        "notes": [{"code": note.code, "text": note.text} for note in request.notes],
        "safety_events": [
            {"kind": event.kind, "rule": event.rule, "at": event.at.isoformat()} for event in request.safety_events
        ],
    }
