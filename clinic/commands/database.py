"""`marrow db`: make, upgrade and purge the database."""

from datetime import UTC, datetime

import typer

from clinic.bootstrap import bootstrap
from clinic.commands.output import OPTIONS, existing_clinic, operator
from clinic.service.retention import purge
from clinic.storage.schema import latest_revision

app = typer.Typer(help="Look after the database.", **OPTIONS)


@app.command("upgrade")
def upgrade_database() -> None:
    """Create the tables, or bring them to this version of Marrow. Services do the same when they start."""
    clinic = bootstrap()
    clinic.database.ready()
    typer.echo(f"The database is at revision {latest_revision()}.")


@app.command("purge")
def purge_database() -> None:
    """Delete what has been kept for its time (MARROW_KEEP_DRAFTS_DAYS, MARROW_KEEP_REQUESTS_DAYS).

    The jobs (`python -m clinic.jobs`) do the same when they start and once a day.
    """
    with existing_clinic() as clinic:
        purged = purge(operator(), clinic.unit_of_work(), clinic.settings, datetime.now(UTC))
    typer.echo(
        f"Deleted: {purged.drafts} unsent intakes, {purged.safety_events} safety events without a request, "
        f"{purged.requests} requests, {purged.messages} messages to the clinic."
    )
