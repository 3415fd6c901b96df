"""Writes the clinic's settings into docs/settings.md: `.venv/bin/python -m scripts.settings_docs`."""

from __future__ import annotations

from pathlib import Path

from clinic.settings import describe_settings
from scripts.environment import ROOT

DOCUMENT = ROOT / "docs" / "settings.md"
BEGIN, END = "<!-- clinic settings: written by scripts/settings_docs.py -->\n", "<!-- end -->\n"


def clinic_table() -> str:
    """The table of the clinic runtime's settings, from their definitions."""
    rows = [
        f"| `{row.variable}` | {f'`{row.default}`' if row.default else 'empty'} | {row.description} |"
        for row in describe_settings()
    ]
    return "\n".join(["| variable | default | what it does |", "|---|---|---|", *rows, ""])


def with_table(document: str) -> str:
    """`document` with the table between its two marks renewed."""
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}{clinic_table()}{END}{rest.split(END, 1)[1]}"


def main(path: Path = DOCUMENT) -> None:
    """Renews the document."""
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
