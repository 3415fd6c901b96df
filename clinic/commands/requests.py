"""`marrow requests`: list, show, export and move consultation requests."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from clinic.bootstrap import Clinic
from clinic.commands.export import ExportFormat, export_text
from clinic.commands.output import (
    OPTIONS,
    as_json,
    console,
    existing_clinic,
    minute,
    one_line,
    operator,
    print_pairs,
    print_title,
    well_formed,
    write_private,
)
from clinic.commands.told import Told, read_told
from clinic.domain.casework import LONGEST_TEXT, CallOutcome
from clinic.domain.requests import ConsultationRequest
from clinic.domain.statuses import RequestStatus
from clinic.errors import RequestNotFound, SettingsError
from clinic.labels import Labels
from clinic.records import case_json, completeness
from clinic.service import requests as service

app = typer.Typer(help="Read consultation requests, and move them on.", **OPTIONS)

Statuses = Annotated[
    list[RequestStatus] | None,
    typer.Option("--status", help="Only requests with this status; may be given several times."),
]
Text = Annotated[
    str, typer.Argument(help='The text; "-" reads it from standard input, so that it stands in no history of commands.')
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a readable layout.")]
Reference = Annotated[str, typer.Argument(help="Reference such as MR-7F3K-9Q2M; case and dashes are free.")]


@app.command("list")
def list_requests(status: Statuses = None, json_: AsJson = False) -> None:
    """List requests, newest first, without the patients' answers."""
    with existing_clinic() as clinic:
        found = service.list_requests(operator(), clinic.unit_of_work(), datetime.now(UTC), status or ())
        told = read_told(clinic.settings.content_dir)
    if json_:
        typer.echo(as_json([_overview(request) for request in found]))
        return
    if not found:
        typer.echo("No requests." if not status else "No requests with this status.")
        return
    table = Table("Reference", "Status", "Channel", "Received (UTC)", "Notes", "Safety events", box=None)
    for request in found:
        table.add_row(
            request.reference,
            request.status,
            one_line(request.channel),
            minute(request.created_at),
            str(len(request.notes)),
            str(len(request.safety_events)),
        )
    console().print(table)
    print_title("\nWhat a patient who asks reads")
    print_pairs([(each, told(each, "...")) for each in RequestStatus if _any_is(each, found)])


@app.command("show")
def show_request(reference: Reference, json_: AsJson = False) -> None:
    """Show one request with its answers, consents, notes for staff and safety events."""
    with existing_clinic() as clinic:
        known = well_formed(reference)
        try:
            case = service.view_request(operator(), clinic.unit_of_work(), known, datetime.now(UTC))
        except RequestNotFound:
            raise _unknown(reference) from None
        labels, told = _labels(clinic), read_told(clinic.settings.content_dir)
    if json_:
        typer.echo(as_json(case_json(case, labels)))
    else:
        _print_case(case, labels, told)


@app.command("export")
def export_requests(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write, readable by its owner only; default: standard output."),
    ] = None,
    status: Statuses = None,
    layout: Annotated[
        ExportFormat,
        typer.Option("--format", help="One JSON array, one JSON object a line, or a table for a spreadsheet."),
    ] = ExportFormat.JSON,
) -> None:
    """Export requests with everything they hold, newest first. The file is not encrypted: keep it safe."""
    with existing_clinic() as clinic:
        found = service.export_requests(
            operator(), clinic.unit_of_work(), datetime.now(UTC), status or (), layout=str(layout)
        )
        labels = _labels(clinic)
    text = export_text(found, labels, layout)
    if output is None:
        typer.echo(text, nl=False)
        return
    write_private(output, text)
    typer.echo(f"{len(found)} requests written to {output}", err=True)


@app.command("move")
def move_request(
    reference: Reference,
    status: Annotated[RequestStatus, typer.Argument(help="The status that the request has from now on.")],
) -> None:
    """Move a request to another status, so that a patient who asks in the chat reads the truth."""
    with existing_clinic() as clinic:
        known = well_formed(reference)
        try:
            moved = service.change_status(
                operator(), clinic.unit_of_work(), known, status, datetime.now(UTC), due=clinic.deadlines.due
            )
        except RequestNotFound:
            raise _unknown(reference) from None
        told = read_told(clinic.settings.content_dir)
    typer.echo(f"{moved.reference} is {moved.status} now.")
    typer.echo(f'A patient who asks reads: "{told(moved.status, moved.reference)}"')


@app.command("claim")
def claim_request(reference: Reference) -> None:
    """Take a request that nobody has, in the name of who is logged in to this machine."""
    with _changing(reference) as (clinic, known):
        taken = service.claim_request(operator(), clinic.unit_of_work(), known, datetime.now(UTC))
    typer.echo(f"{taken.reference} is with {taken.assigned_to} now.")


@app.command("release")
def release_request(reference: Reference) -> None:
    """Give a request back, so that somebody else can take it."""
    with _changing(reference) as (clinic, known):
        service.release_request(operator(), clinic.unit_of_work(), known, datetime.now(UTC))
    typer.echo(f"{known} is with nobody now.")


@app.command("note")
def note(reference: Reference, text: Text) -> None:
    """Keep a note for the team."""
    with _changing(reference) as (clinic, known):
        service.add_note(operator(), clinic.unit_of_work(), known, _said(text), datetime.now(UTC))
    typer.echo(f"Noted at {known}.")


@app.command("call")
def call(
    reference: Reference,
    outcome: Annotated[CallOutcome, typer.Argument(help="How the call ended.")],
    text: Annotated[str, typer.Argument(help='What was said; "-" reads it from standard input.')] = "",
) -> None:
    """Keep how a call to the patient ended."""
    with _changing(reference) as (clinic, known):
        said = _said(text) if text else ""
        service.log_call(operator(), clinic.unit_of_work(), known, outcome, said, datetime.now(UTC))
    typer.echo(f"Call noted at {known}: {outcome}.")


@contextmanager
def _changing(reference: str) -> Iterator[tuple[Clinic, str]]:
    with existing_clinic() as clinic:
        known = well_formed(reference)
        try:
            yield clinic, known
        except RequestNotFound:
            raise _unknown(reference) from None


def _said(text: str) -> str:
    said = (sys.stdin.read() if text == "-" else text).strip()
    if not said or len(said) > LONGEST_TEXT:
        raise SettingsError(f"a text has from 1 to {LONGEST_TEXT} characters: nothing was noted")
    return said


def _unknown(reference: str) -> RequestNotFound:
    return RequestNotFound(f"no request has the reference {one_line(reference)}. `marrow requests list` shows all.")


def _labels(clinic: Clinic) -> Labels:
    labels, problem = Labels.read(clinic.settings.questionnaire_path)
    if problem:
        typer.echo(f"marrow: {problem}", err=True)
    return labels


def _any_is(status: RequestStatus, requests: list[ConsultationRequest]) -> bool:
    return any(request.status is status for request in requests)


def _overview(request: ConsultationRequest) -> dict[str, Any]:
    return {
        "reference": request.reference,
        "status": str(request.status),
        "channel": request.channel,
        "created_at": request.created_at.isoformat(),
        "updated_at": request.updated_at.isoformat(),
        "version": request.version,
        "assigned_to": request.assigned_to,
        "due_at": request.due_at.isoformat() if request.due_at else None,
        "notes": len(request.notes),
        "safety_events": len(request.safety_events),
    }


def _print_case(case: service.Case, labels: Labels, told: Told) -> None:
    request = case.request
    print_title(request.reference)
    print_pairs(
        [
            ("status", str(request.status)),
            ("a patient who asks reads", told(request.status, request.reference)),
            ("channel", request.channel),
            ("language of the chat", request.locale),
            ("received (UTC)", minute(request.created_at)),
            ("changed (UTC)", minute(request.updated_at)),
            ("questionnaire version", request.questionnaire_version),
            ("complete", completeness(request)),
            ("conversation", request.conversation_id or ""),
            ("taken by", request.assigned_to or ""),
            ("answer due (UTC)", minute(request.due_at) if request.due_at else ""),
        ]
    )
    sections = {
        "Safety events": [(f"{minute(event.at)} {event.kind}", event.rule) for event in request.safety_events],
        "For staff, to discuss": [(note.code, note.text) for note in request.notes],
        "Answers": [(answer.name, answer.text) for answer in (*labels.answers(request), *labels.left_open(request))],
        "Added by the patient after sending": _additions(case),
        "In the patient's words": [(answer.name, answer.text) for answer in labels.words(request)],
        "Consents": [
            (
                consent.question_id,
                f"{consent.answer} (text {consent.text_version}, {minute(consent.given_at)})",
            )
            for consent in request.consents
        ],
        "Way through the clinic": [
            (stay.status, f"since {minute(stay.started_at)}{f' ({stay.by})' if stay.by else ''}") for stay in case.stays
        ],
        "Notes of the team": [(f"{minute(note.at)} {note.by}", note.text) for note in case.notes],
        "Calls": [(f"{minute(call.at)} {call.by}", f"{call.outcome}: {call.text}") for call in case.calls],
    }
    for title, pairs in sections.items():
        if pairs:
            print_title(f"\n{title}")
            print_pairs(pairs)


def _additions(case: service.Case) -> list[tuple[str, str]]:
    return [(minute(each.at), each.text) for each in case.additions]
