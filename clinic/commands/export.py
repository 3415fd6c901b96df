"""How exported requests are written: JSON, JSON lines, or a table that no spreadsheet takes for formulas."""

import csv
import io
import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from clinic.commands.output import as_json, one_line
from clinic.domain.requests import ConsultationRequest
from clinic.labels import Labels
from clinic.service.requests import Case

# What makes a spreadsheet compute a cell instead of showing it, the full-width forms included.
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS = ("reference", "status", "channel", "language", "received (UTC)", "changed (UTC)")
_LAST_COLUMNS = ("in the patient's words", "for staff, to discuss", "safety events", "consents")


class ExportFormat(StrEnum):
    """How exported requests are laid out."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def export_text(requests: Sequence[ConsultationRequest], labels: Labels, layout: ExportFormat) -> str:
    """Return the requests as the text of a file."""
    if layout is ExportFormat.CSV:
        return _csv(requests, labels)
    records = [request_json(request, labels) for request in requests]
    if layout is ExportFormat.JSONL:
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return as_json(records) + "\n"


def case_json(case: Case, labels: Labels) -> dict[str, Any]:
    """Return a request with what the team did, as JSON-able values: what `marrow requests show --json` prints."""
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


def _csv(requests: Sequence[ConsultationRequest], labels: Labels) -> str:
    names = {answer.question_id: answer.name for answer in labels.names()}
    for request in requests:
        for answer in labels.answers(request):
            names.setdefault(answer.question_id, answer.name)
    file = io.StringIO()
    # A spreadsheet recognises UTF-8 by this mark only.
    file.write("\ufeff")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(_cell(name) for name in (*_COLUMNS, *names.values(), *_LAST_COLUMNS))
    for request in requests:
        said = (*labels.answers(request), *labels.left_open(request))
        answers = {answer.question_id: answer.text for answer in said}
        row = [
            request.reference,
            str(request.status),
            request.channel,
            request.locale,
            request.created_at.isoformat(),
            request.updated_at.isoformat(),
            *(answers.get(question_id, "") for question_id in names),
            " | ".join(f"{answer.name}: {answer.text}" for answer in labels.words(request)),
            " | ".join(f"{note.code}: {note.text}" for note in request.notes),
            " | ".join(f"{event.at.isoformat()} {event.kind}: {event.rule}" for event in request.safety_events),
            " | ".join(f"{consent.question_id}: {consent.answer}" for consent in request.consents),
        ]
        writer.writerow(_cell(value) for value in row)
    return file.getvalue()


def _cell(text: str) -> str:
    """Return text for one cell, on one line; an apostrophe keeps a spreadsheet from computing it."""
    plain = one_line(text)
    return f"'{plain}" if plain.startswith(_FORMULA_STARTS) else plain
