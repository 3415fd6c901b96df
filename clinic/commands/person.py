"""`marrow person`: hand over, or erase, everything that is kept of one person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from clinic.bootstrap import Clinic
from clinic.commands.output import (
    OPTIONS,
    existing_clinic,
    minute,
    operator,
    print_pairs,
    print_title,
    well_formed,
    write_private,
)
from clinic.labels import Labels
from clinic.person_file import person_html, person_json
from clinic.service import persons as service

app = typer.Typer(help="Export or erase everything that is kept of one person.", **OPTIONS)
Reference = Annotated[str, typer.Argument(help="Reference of a request of hers; case and dashes are free.")]
Others = Annotated[
    list[str] | None,
    typer.Option("--with", help="Another request of the same person; may be given several times."),
]


class Layout(StrEnum):
    """How an export is laid out."""

    JSON = "json"
    HTML = "html"


@app.command("show")
def show_person(reference: Reference) -> None:
    """Say how much is kept of a person, and which other requests may be hers; no answer is shown."""
    with existing_clinic() as clinic:
        _print_person(_found(clinic, well_formed(reference)))


@app.command("export")
def export_person(
    reference: Reference,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, readable by its owner only.")],
    others: Others = None,
    layout: Annotated[Layout, typer.Option("--format", help="JSON, or a page to read.")] = Layout.JSON,
) -> None:
    """Export everything that is kept of a person. The file is not encrypted: hand it over, then delete it."""
    with existing_clinic() as clinic:
        references = _references(reference, others)
        now = datetime.now(UTC)
        data = service.export_person(
            operator(), clinic.unit_of_work(), clinic.conversations(), references, now, layout=str(layout)
        )
        labels, problem = Labels.read(clinic.settings.questionnaire_path)
    if problem:
        typer.echo(f"marrow: {problem}", err=True)
    write_private(output, (person_json if layout is Layout.JSON else person_html)(data, labels, now))
    typer.echo(f"Everything kept under {', '.join(references)} written to {output}", err=True)


@app.command("erase")
def erase_person(
    reference: Reference,
    others: Others = None,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="The reference once more; without it you are asked for it.")
    ] = None,
) -> None:
    """Erase everything that is kept of a person, everywhere, and print a receipt. It cannot be undone."""
    with existing_clinic() as clinic:
        references = _references(reference, others)
        if confirm is None:
            _print_person(_found(clinic, references[0]))
            typer.echo(f"\nThis erases {', '.join(references)} and all that belongs to them, for good.")
            confirm = typer.prompt("Type the reference again to erase")
        receipt = service.erase_person(
            operator(), clinic.unit_of_work(), clinic.conversations(), references, datetime.now(UTC), retyped=confirm
        )
    print_title(f"Receipt {receipt.number}")
    print_pairs(
        [
            ("erased", ", ".join(receipt.references)),
            ("on (UTC)", minute(receipt.at)),
            ("by", receipt.by),
            *((name, str(count)) for name, count in receipt.counts.items() if count),
        ]
    )
    typer.echo("A backup that is restored forgets it again. Delete files that were exported before by hand.")


def _found(clinic: Clinic, reference: str) -> service.Person:
    return service.find_person(operator(), clinic.unit_of_work(), clinic.conversations(), reference, datetime.now(UTC))


def _references(reference: str, others: Sequence[str] | None) -> list[str]:
    return list(dict.fromkeys(well_formed(each) for each in (reference, *(others or ()))))


def _print_person(person: service.Person) -> None:
    for title, held in (("Kept", person.own), *(("Perhaps the same person", other) for other in person.others)):
        request = held.request
        print_title(f"{title}: {request.reference}, {request.status}, received {minute(request.created_at)} UTC")
        print_pairs([(name, str(count)) for name, count in held.counts.items() if count])
