"""Writes the clinic's settings into docs/settings.md, and a template of all settings from that page into deploy/.

`.venv/bin/python -m scripts.settings_docs`
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from clinic.settings import describe_settings
from scripts.environment import ROOT

DOCUMENT = ROOT / "docs" / "settings.md"
TEMPLATE = ROOT / "deploy" / "environment.example"
DEVELOPMENT = "## Development and tests"
HEADER = """\
# Settings of a production, made from docs/settings.md by scripts/settings_docs.py. Copy it to /etc/marrow/environment
# (readable by Marrow's account only) and fill in what `marrow doctor` asks for. Empty means the default, which stands
# above it.
"""
WIDTH = 118
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


def template(document: str) -> str:
    """The settings of `document` as a file of empty variables, each once, under what it does and its default."""
    parts, known = [HEADER], set[str]()
    for line in document.split(DEVELOPMENT)[0].splitlines():
        if heading := re.fullmatch(r"##+ (.+)", line):
            parts.append(f"\n# ---- {heading[1]} ----\n")
        if not line.startswith("| `MARROW_"):
            continue
        names, default, text = (cell.strip() for cell in line.strip("| ").split(" | ", 2))
        new = [name for name in re.findall(r"`(MARROW_\w+)`", names) if name not in known]
        known.update(new)
        if new:
            plain = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text.rstrip("."))
            said = textwrap.wrap(f"{plain}. Default: {default}", WIDTH)
            values = {name: "production" if name == "MARROW_ENVIRONMENT" else "" for name in new}
            parts += ["\n", *(f"# {part}\n" for part in said), *(f"{name}={value}\n" for name, value in values.items())]
    return "".join(parts)


def main(path: Path = DOCUMENT) -> None:
    """Renews both."""
    document = with_table(path.read_text(encoding="utf-8"))
    path.write_text(document, encoding="utf-8")
    TEMPLATE.write_text(template(document), encoding="utf-8")


if __name__ == "__main__":
    main()
