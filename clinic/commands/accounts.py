"""`marrow accounts`: the accounts of the clinic's staff."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from clinic.commands.output import OPTIONS, console, existing_clinic, minute, operator
from clinic.credentials import Argon2Passwords, TotpCodes
from clinic.domain.accounts import new_password
from clinic.domain.actors import Role
from clinic.service import accounts as service

app = typer.Typer(help="Look after the accounts of the clinic's staff.", **OPTIONS)

Name = Annotated[str, typer.Argument(help="Name of the account, such as ana.lopez.")]


@app.command("list")
def list_accounts() -> None:
    """List all accounts."""
    with existing_clinic() as clinic:
        found = service.list_accounts(operator(), clinic.unit_of_work(), datetime.now(UTC))
    table = Table("Name", "Role", "May sign in", "Authenticator app", "Since (UTC)", box=None)
    for account in found:
        may, app_ = ("yes" if each else "no" for each in (account.is_active, account.totp_secret))
        table.add_row(account.name, account.role, may, app_, minute(account.created_at))
    console().print(table)


@app.command("add")
def add_account(
    name: Name,
    role: Annotated[
        Role, typer.Option("--role", help="What the person does: coordinator, clinician, lead, admin or auditor.")
    ],
    generate: Annotated[
        bool, typer.Option("--generate", help="Make the password and show it once, instead of asking for one.")
    ] = False,
) -> None:
    """Make an account; asks for its password, or makes one."""
    with existing_clinic() as clinic:
        now, password = datetime.now(UTC), new_password() if generate else _new_password()
        service.create_account(operator(), clinic.unit_of_work(), Argon2Passwords(), name, role, password, now)
    if generate:
        typer.echo(f"Password (shown this once): {password}")
    typer.echo(f"{name} can sign in as {role}. Set up an authenticator app: marrow accounts totp {name}")


@app.command("role")
def change_role(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Give an account another role; the person has to sign in again."""
    with existing_clinic() as clinic:
        service.change_role(operator(), clinic.unit_of_work(), name, role, datetime.now(UTC))
    typer.echo(f"{name} is {role} now.")


@app.command("password")
def set_password(name: Name) -> None:
    """Give an account another password; the person has to sign in again."""
    with existing_clinic() as clinic:
        now, password = datetime.now(UTC), _new_password()
        service.set_password(operator(), clinic.unit_of_work(), Argon2Passwords(), name, password, now)
    typer.echo(f"{name} has another password now.")


@app.command("totp")
def set_up_app(name: Name) -> None:
    """Set up an authenticator app for an account, in the place of an earlier one; the secret is shown this once."""
    with existing_clinic() as clinic:
        made = service.enrol(operator(), clinic.unit_of_work(), TotpCodes(), name, datetime.now(UTC))
    typer.echo(f"Type this secret into the app, and show it to nobody else:\n  {made.secret}\n  {made.address}")


@app.command("close")
def close_account(name: Name) -> None:
    """Let nobody sign in with an account any more. What it did stays in the audit."""
    with existing_clinic() as clinic:
        service.close_account(operator(), clinic.unit_of_work(), name, datetime.now(UTC))
    typer.echo(f"{name} is closed.")


def _new_password() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))
