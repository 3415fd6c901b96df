"""The `marrow` command line, as `python -m clinic`."""

from clinic.cli import app

app(prog_name="marrow")
