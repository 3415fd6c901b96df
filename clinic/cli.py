"""`marrow`: the clinic's command line, put together from `clinic.commands`."""

from typing import Any

import typer
from typer.core import TyperGroup

from clinic.commands import (
    accounts,
    audit,
    backup,
    database,
    doctor,
    keys,
    messages,
    person,
    questions,
    requests,
    retention,
)
from clinic.commands.output import OPTIONS
from clinic.errors import MarrowError


class _PlainErrors(TyperGroup):
    """Says expected errors in one plain message on standard error and ends with 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MarrowError as error:
            typer.echo(f"marrow: {error}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_PlainErrors, help="Marrow's clinic side: consultation requests, databases, keys and backups.", **OPTIONS
)
app.add_typer(requests.app, name="requests")
app.add_typer(person.app, name="person")
app.add_typer(messages.app, name="messages")
app.add_typer(questions.app, name="questions")
app.add_typer(audit.app, name="audit")
app.add_typer(accounts.app, name="accounts")
app.add_typer(database.app, name="db")
app.add_typer(keys.app, name="keys")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("retention")(retention.retention)
app.command("doctor")(doctor.doctor)
