"""`marrow doctor`."""

import os

import typer
from rich.text import Text

from clinic.commands.output import console, one_line
from clinic.doctor.databases import database_findings
from clinic.doctor.environment import environment_findings
from clinic.doctor.files import file_findings
from clinic.doctor.findings import Finding, Level
from clinic.settings import load_settings

_SIGNS = {Level.OK: "ok      ", Level.ADVICE: "advice  ", Level.PROBLEM: "PROBLEM "}


def doctor() -> None:
    """Say what is missing or unsafe in settings, data directory, databases and keys. Ends with 1 if anything is.

    It changes nothing. Run it in the environment that Marrow runs in.
    """
    settings = load_settings()
    findings = [
        *environment_findings(settings, os.environ),
        *file_findings(settings),
        *database_findings(settings, os.environ),
    ]
    for finding in findings:
        _print(finding)
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    if problems:
        typer.echo(f"\n{problems} to put right before patients use this Marrow.")
        raise typer.Exit(1)
    typer.echo("\nNothing has to be put right.")


def _print(finding: Finding) -> None:
    lines = [f"{_SIGNS[finding.level]}{one_line(finding.subject)}: {one_line(finding.text)}"]
    if finding.to_do:
        lines.append(f"{' ' * len(_SIGNS[finding.level])}-> {one_line(finding.to_do)}")
    console().print(Text("\n".join(lines)), soft_wrap=True)
