"""Documentation that a machine can check: settings, make targets, wire contract, topics, telemetry."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from clinic.settings import Settings
from scripts.environment import ALWAYS, DEFAULTS
from scripts.settings_docs import with_table

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
CODE = [
    path
    for folder in ("bot", "clinic", "actions", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
] + [
    ROOT / name
    for name in ("endpoints.yml", "endpoints.production.yml", "credentials.yml", "credentials.production.yml")
]
WIRE_OBJECTS = ("faq", "question", "summary", "request", "safety", "fallback", "handoff")


def test_the_table_of_the_clinics_settings_is_up_to_date():
    assert with_table(SETTINGS) == SETTINGS, "run: .venv/bin/python -m scripts.settings_docs"


def test_every_setting_that_the_code_names_is_documented():
    named = {
        name for path in CODE for name in re.findall(r"\bMARROW_[A-Z][A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 30
    undocumented = {name for name in named if f"`{name}`" not in SETTINGS}
    assert not undocumented


def test_every_variable_that_rasa_needs_has_a_default():
    for name in ("endpoints.yml", "credentials.yml"):
        needed = set(re.findall(r"\$\{(\w+)\}", (ROOT / name).read_text(encoding="utf-8")))
        assert needed
        assert needed <= set(DEFAULTS)


def test_every_make_target_says_what_it_does_and_stands_in_the_readme():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE).group(1).split()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in phony:
        assert re.search(rf"^{target}:.*## \w", makefile, re.MULTILINE), f"{target} has no help line"
        assert f"make {target}" in readme, f"{target} is not in the README"


@pytest.mark.parametrize("name", WIRE_OBJECTS)
def test_every_wire_object_is_documented_with_an_example(name):
    document = (ROOT / "docs" / "wire-contract.md").read_text(encoding="utf-8")
    assert f"### `{name}`" in document
    example = re.search(rf'```json\n(\{{"{name}".*?)```', document, re.DOTALL)
    assert name in json.loads(example.group(1))


def test_usage_is_reported_to_nobody():
    assert ALWAYS["RASA_TELEMETRY_ENABLED"] == "false"
    assert "RASA_TELEMETRY_ENABLED := false" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_production_has_neither_the_rest_channel_nor_rasas_api():
    production = (ROOT / "credentials.production.yml").read_text(encoding="utf-8")
    assert "rest.RestInput" not in production
    assert "enable-api" not in production
    assert "environment: production" in (ROOT / "endpoints.production.yml").read_text(encoding="utf-8")


def test_links_between_documents_lead_somewhere():
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name} links to {link}"


def _texts(*folders: str) -> str:
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path != ROOT / "clinic" / "settings.py")


def test_every_setting_of_the_clinic_is_read_somewhere():
    code = _texts("clinic", "actions", "desk", "scripts")
    unread = [name for name in Settings.model_fields if not re.search(rf"\.(resolved_)?{name}\b", code)]
    assert unread == []


def test_every_documented_variable_is_read_somewhere():
    files = [*ROOT.glob("*.yml"), *(ROOT / "deploy").rglob("*.*"), ROOT / "Makefile", *(ROOT / "scripts").glob("*.sh")]
    used = "\n".join(
        [_texts("bot", "clinic", "actions", "desk", "scripts", "tests"), *(file.read_text() for file in files)]
    )
    fields = {f"MARROW_{name.upper()}" for name in Settings.model_fields}
    documented = set(re.findall(r"`(MARROW_[A-Z_]*[A-Z])`", SETTINGS)) - fields
    # scripts/environment.py reads any variable of this form.
    documented -= {"MARROW_DATA_KEY_FILE"}
    # In the template all stand anyway.
    template = (ROOT / "deploy" / "environment.example").read_text()
    read = used.replace(template, "")
    assert [name for name in sorted(documented) if not re.search(rf"\b{name}\b", read)] == []


def test_the_whole_suite_runs_every_folder_of_tests():
    script = (ROOT / "scripts" / "test.sh").read_text(encoding="utf-8")
    tests = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "tests").rglob("user_*.yml")]
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in tests}
    assert len(folders) >= 9
    assert [name for name in sorted(folders) if not re.search(rf"tests/{name}\b", script)] == []
