"""`marrow retention`: what is past its time, and delete it."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from clinic.commands.output import as_json, console, existing_clinic, minute, operator
from clinic.domain.retention import AHEAD, Aged
from clinic.service.retention import plan_purge, purge


def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be deleted, by kind and age; delete nothing.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table (with --dry-run).")] = False,
) -> None:
    """Delete what has been kept for its time, as the jobs (`python -m clinic.jobs`) do once a day."""
    with existing_clinic() as clinic:
        now = datetime.now(UTC)
        if not dry_run:
            purged = purge(operator(), clinic.unit_of_work(), clinic.settings, now)
            typer.echo(
                f"Deleted: {purged.drafts} unsent intakes, {purged.safety_events} safety events without a request, "
                f"{purged.requests} requests, {purged.messages} messages."
            )
            return
        plan = plan_purge(
            operator(),
            clinic.unit_of_work(),
            clinic.settings,
            clinic.conversations(),
            clinic.keep_conversations_days,
            now,
        )
    if json_:
        typer.echo(as_json([_json(each) for each in plan]))
        return
    table = Table(box=None)
    for name in ("What", "Kept for", "There are", "Would go now", *(f"Within {days} days" for days in AHEAD[1:])):
        table.add_column(name)
    table.add_column("Oldest (UTC)", no_wrap=True)
    for each in plan:
        oldest = minute(each.oldest) if each.oldest else ""
        table.add_row(each.kind, f"{each.days} days", str(each.held), *(str(count) for count in each.going), oldest)
    console().print(table)
    typer.echo("Nothing was deleted. Conversations are deleted by the bot itself.")


def _json(each: Aged) -> dict[str, object]:
    return {
        "kind": str(each.kind),
        "days": each.days,
        "held": each.held,
        "going": dict(zip((f"in_{days}_days" for days in AHEAD), each.going, strict=True)),
        "oldest": each.oldest.isoformat() if each.oldest else None,
    }
