"""How exported requests are written: JSON, JSON lines, or a table that no spreadsheet takes for formulas."""

import csv
import io
import json
from collections.abc import Sequence
from enum import StrEnum

from clinic.commands.output import as_json, one_line
from clinic.domain.requests import ConsultationRequest
from clinic.labels import Labels
from clinic.records import request_json

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
