"""`marrow audit`: read the audit, and check that nothing was done to it."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from clinic.commands.output import OPTIONS, as_json, console, existing_clinic, minute, one_line, operator
from clinic.domain.audit import AuditEntry
from clinic.domain.reference import normalise_reference
from clinic.errors import RequestNotFound
from clinic.service.audit import read_audit, verify_audit

app = typer.Typer(help="Read the audit: who did what and when.", **OPTIONS)


@app.command("list")
def list_audit(
    reference: Annotated[str | None, typer.Option("--reference", help="Only what was done to this request.")] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="How many entries, counted from the newest.")] = 100,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List who did what and when, oldest first. It tells nothing that a patient said."""
    known = normalise_reference(reference) if reference else None
    if reference and known is None:
        raise RequestNotFound(f"{one_line(reference)} is not a well-formed reference: check for a typing mistake")
    with existing_clinic() as clinic:
        entries = read_audit(operator(), clinic.unit_of_work(), datetime.now(UTC), known, last)
    if json_:
        typer.echo(as_json([_json(entry) for entry in entries]))
        return
    table = Table(box=None)
    for name in ("No.", "Time (UTC)", "Who", "What"):
        table.add_column(name, no_wrap=True)
    for name in ("Role", "Details", "From"):
        table.add_column(name, overflow="fold")
    for entry in entries:
        details = " ".join(f"{name}={value}" for name, value in sorted(entry.details.items()))
        actor = entry.actor
        cells = (actor.id, entry.act, actor.role, details, actor.address or "")
        table.add_row(str(entry.number), minute(entry.at), *(one_line(cell) for cell in cells))
    console().print(table)


@app.command("verify")
def verify() -> None:
    """Check every entry, the chain and the checkpoints. Ends with 1 if anything was edited, inserted or removed."""
    with existing_clinic() as clinic:
        found = verify_audit(operator(), clinic.unit_of_work(), clinic.database.trail, datetime.now(UTC))
        place = clinic.database.trail.path
    for moment in found.restored:
        typer.echo(f"A backup was restored at {minute(moment)} (UTC): entries made between the two are lost.")
    for fault in found.faults:
        typer.echo(f"PROBLEM {fault}")
    if found.foreign_lines:
        typer.echo(f"PROBLEM {place}: {found.foreign_lines} lines were not written by Marrow, or were changed")
    if found.no_checkpoints:
        typer.echo(f"PROBLEM {place} is missing: whether the end was cut off cannot be told")
    if not found.is_whole:
        raise typer.Exit(1)
    typer.echo(f"{found.entries} entries: whole, in order, and as they were written.")


def _json(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor.id,
        "role": str(entry.actor.role),
        "session": entry.actor.session,
        "address": entry.actor.address,
        "act": str(entry.act),
        "subject": entry.subject,
        "details": dict(entry.details),
    }
