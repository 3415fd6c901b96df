"""`marrow messages`: what the clinic should have been told and was not."""

import typer
from rich.table import Table

from clinic.commands.output import OPTIONS, console, existing_clinic, minute, one_line
from clinic.notify.senders import senders_of

app = typer.Typer(help="Look after the messages to the clinic.", **OPTIONS)


@app.command("waiting")
def waiting_messages() -> None:
    """List the messages that are not delivered yet, and why. Ends with 1 if one has failed."""
    with existing_clinic() as clinic, clinic.unit_of_work() as uow:
        waiting = uow.outbox.waiting(tuple(senders_of(clinic.settings)))
    if not waiting:
        typer.echo("No message waits.")
        return
    table = Table(box=None)
    for name in ("Reference", "What", "Channel", "Since (UTC)"):
        table.add_column(name, no_wrap=True)
    table.add_column("Tried")
    table.add_column("Problem", overflow="fold")
    for message in waiting:
        cells = (message.reference, message.kind, message.channel, minute(message.created_at))
        table.add_row(*cells, str(message.attempts), one_line(message.problem))
    console().print(table)
    if any(message.problem for message in waiting):
        raise typer.Exit(1)
