"""`marrow`: the clinic's command line for consultation requests, the database and the data key."""

import json
import os
import tempfile
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from clinic.bootstrap import Clinic, bootstrap
from clinic.domain.reference import normalise_reference
from clinic.domain.requests import ConsultationRequest, RequestStatus
from clinic.errors import MarrowError, RequestNotFound, SettingsError
from clinic.keys import generate_key
from clinic.service.retention import purge
from clinic.storage.rotation import rotate_keys
from clinic.storage.schema import latest_revision


class _PlainErrors(TyperGroup):
    """Says expected errors in one plain message on standard error and ends with 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MarrowError as error:
            typer.echo(f"marrow: {error}", err=True)
            raise typer.Exit(1) from None


_OPTIONS: dict[str, Any] = {
    "no_args_is_help": True,
    "add_completion": False,
    "pretty_exceptions_enable": False,
}
app = typer.Typer(
    cls=_PlainErrors, help="Marrow's clinic side: consultation requests, database and data key.", **_OPTIONS
)
requests_app = typer.Typer(help="Read consultation requests.", **_OPTIONS)
db_app = typer.Typer(help="Look after the database.", **_OPTIONS)
keys_app = typer.Typer(help="Look after the data key.", **_OPTIONS)
app.add_typer(requests_app, name="requests")
app.add_typer(db_app, name="db")
app.add_typer(keys_app, name="keys")


class ExportFormat(StrEnum):
    """How exported requests are laid out."""

    JSON = "json"
    JSONL = "jsonl"


Statuses = Annotated[
    list[RequestStatus] | None,
    typer.Option("--status", help="Only requests with this status; may be given several times."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a readable layout.")]


@requests_app.command("list")
def list_requests(status: Statuses = None, as_json: AsJson = False) -> None:
    """List requests, newest first, without the patients' answers."""
    with _reading() as clinic, clinic.unit_of_work() as uow:
        found = list(uow.requests.all(status or ()))
    if as_json:
        typer.echo(_json([_overview(request) for request in found]))
        return
    if not found:
        typer.echo("No requests." if not status else "No requests with this status.")
        return
    table = Table("Reference", "Status", "Channel", "Received (UTC)", "Notes", "Safety events", box=None)
    for request in found:
        table.add_row(
            request.reference,
            request.status,
            _printable(request.channel),
            _minute(request.created_at),
            str(len(request.notes)),
            str(len(request.safety_events)),
        )
    _console().print(table)


@requests_app.command("show")
def show_request(
    reference: Annotated[str, typer.Argument(help="Reference such as MR-7F3K-9Q2M; case and dashes are free.")],
    as_json: AsJson = False,
) -> None:
    """Show one request with its answers, consents, notes for staff and safety events."""
    known = normalise_reference(reference)
    with _reading() as clinic, clinic.unit_of_work() as uow:
        request = uow.requests.get(known) if known else None
    if request is None:
        mistyped = "" if known else " (it is not a well-formed reference: check for a typing mistake)"
        raise RequestNotFound(f"no request has the reference {_printable(reference)}{mistyped}")
    if as_json:
        typer.echo(_json(request_json(request)))
    else:
        _print_request(request)


@requests_app.command("export")
def export_requests(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write, readable by its owner only; default: standard output."),
    ] = None,
    status: Statuses = None,
    layout: Annotated[
        ExportFormat, typer.Option("--format", help="One JSON array, or one JSON object a line.")
    ] = ExportFormat.JSON,
) -> None:
    """Export requests with everything they hold, newest first. The file is not encrypted: keep it safe."""
    with _reading() as clinic, clinic.unit_of_work() as uow:
        records = [request_json(request) for request in uow.requests.all(status or ())]
    if layout is ExportFormat.JSONL:
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    else:
        text = _json(records) + "\n"
    if output is None:
        typer.echo(text, nl=False)
        return
    _write_private(output, text)
    typer.echo(f"{len(records)} requests written to {output}", err=True)


@db_app.command("upgrade")
def upgrade_database() -> None:
    """Create the tables, or bring them to this version of Marrow. Services do the same when they start."""
    clinic = bootstrap()
    clinic.database.ready()
    typer.echo(f"The database is at revision {latest_revision()}.")


@db_app.command("purge")
def purge_database() -> None:
    """Delete what has been kept for its time (MARROW_KEEP_DRAFTS_DAYS, MARROW_KEEP_REQUESTS_DAYS).

    The action server does the same when it starts and once a day.
    """
    with _reading() as clinic:
        purged = purge(clinic.unit_of_work(), clinic.settings, datetime.now(UTC))
    typer.echo(
        f"Deleted: {purged.drafts} unsent intakes, {purged.safety_events} safety events without a request, "
        f"{purged.requests} requests."
    )


@keys_app.command("new")
def new_key() -> None:
    """Print a new data key for MARROW_DATA_KEY. Keep a copy apart from the database's backups."""
    typer.echo(generate_key())


@keys_app.command("rotate")
def rotate() -> None:
    """Encrypt everything again under the first key of MARROW_DATA_KEY, so that the others can be removed."""
    with _reading() as clinic:
        typer.echo(f"{rotate_keys(clinic.database)} rows are encrypted with the first key now.")


def request_json(request: ConsultationRequest) -> dict[str, Any]:
    """Return a request as JSON-able values: what `marrow requests show --json` prints."""
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
        "answers": dict(request.answers),
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


class _reading:  # noqa: N801 - used as a function
    """Opens the clinic for reading: checks database and key, changes nothing, closes connections."""

    def __enter__(self) -> Clinic:
        self._clinic = bootstrap()
        self._clinic.database.open_existing()
        return self._clinic

    def __exit__(self, *_: object) -> None:
        self._clinic.database.dispose()


def _overview(request: ConsultationRequest) -> dict[str, Any]:
    return {
        "reference": request.reference,
        "status": str(request.status),
        "channel": request.channel,
        "created_at": request.created_at.isoformat(),
        "updated_at": request.updated_at.isoformat(),
        "notes": len(request.notes),
        "safety_events": len(request.safety_events),
    }


def _print_request(request: ConsultationRequest) -> None:
    console = _console()
    console.print(Text(request.reference, style="bold"))
    _print_pairs(
        console,
        [
            ("status", str(request.status)),
            ("channel", request.channel),
            ("language of the chat", request.locale),
            ("received (UTC)", _minute(request.created_at)),
            ("changed (UTC)", _minute(request.updated_at)),
            ("questionnaire version", request.questionnaire_version),
            ("conversation", request.conversation_id or ""),
        ],
    )
    sections = {
        "Safety events": [(f"{_minute(event.at)} {event.kind}", event.rule) for event in request.safety_events],
        "For staff, to discuss": [(note.code, note.text) for note in request.notes],
        "Answers": [(question, _readable(value)) for question, value in request.answers.items()],
        "Consents": [
            (
                consent.question_id,
                f"{consent.answer} (text {consent.text_version}, {_minute(consent.given_at)})",
            )
            for consent in request.consents
        ],
    }
    for title, pairs in sections.items():
        if pairs:
            console.print(Text(f"\n{title}", style="bold"))
            _print_pairs(console, pairs)


def _print_pairs(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    table = Table(box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            table.add_row(Text(_printable(name)), Text(_printable(value)))
    console.print(table)


def _readable(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_readable(item) for item in value) or "none"
    if isinstance(value, dict):
        code, text = value.get("code"), value.get("text")
        rest = [f"{key}: {_readable(part)}" for key, part in value.items() if key not in ("code", "text") and part]
        said = f"{code} ({text})" if code and text and code != text else str(code or text or "")
        return "; ".join(part for part in [said, *rest] if part)
    return str(value)


def _printable(text: str) -> str:
    """Take out control and direction characters, with which a patient's text could rewrite the terminal."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf") and c != "\n" else c for c in text)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".marrow-export-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
