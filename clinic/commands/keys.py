"""`marrow keys`: make a data key, and move the data to a new one."""

import typer

from clinic.commands.output import OPTIONS, existing_clinic
from clinic.keys import generate_key
from clinic.storage.rotation import rotate_keys

app = typer.Typer(help="Look after the data key.", **OPTIONS)


@app.command("new")
def new_key() -> None:
    """Print a new data key for MARROW_DATA_KEY. Keep a copy apart from the database's backups."""
    typer.echo(generate_key())


@app.command("rotate")
def rotate() -> None:
    """Encrypt everything again under the first key of MARROW_DATA_KEY, so that the others can be removed."""
    with existing_clinic() as clinic:
        typer.echo(f"{rotate_keys(clinic.database)} rows are encrypted with the first key now.")
