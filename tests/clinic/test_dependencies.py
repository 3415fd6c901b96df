"""Which part may import which: read from the source, so that no import can hide in a function."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENTRY = {"clinic.cli", "clinic.commands", "clinic.bootstrap"}
FRAMEWORKS = {
    "alembic", "cryptography", "fastapi", "limits", "pydantic", "pydantic_settings", "redis", "rich", "sanic",
    "sqlalchemy", "starlette", "typer",
}  # fmt: skip


def imported_modules(folder: str) -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield path, "." * node.level + node.module


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("clinic", {"rasa", "rasa_sdk", "actions", "bot"}),
        ("bot", {"clinic", "actions"}),
        ("actions", {"bot", "rasa"}),
        (
            "clinic/domain",
            {*FRAMEWORKS, *ENTRY, "clinic.storage", "clinic.service", "clinic.settings"},
        ),
        ("clinic/intake", {*FRAMEWORKS, *ENTRY, "clinic.storage", "clinic.service", "clinic.settings"}),
        ("clinic/storage", {"clinic.service", *ENTRY}),
        ("clinic/service", ENTRY),
        ("clinic/service", {"sqlalchemy", "clinic.storage", "clinic.notify", "clinic.jobs"}),
        ("clinic/notify", {"clinic.storage", "sqlalchemy", "clinic.jobs", *ENTRY}),
        ("clinic/domain", {"clinic.notify", "clinic.jobs", "clinic.logs", "clinic.keys"}),
    ],
)
def test_imports_point_one_way(folder: str, forbidden: set[str]) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path, module in imported_modules(folder)
        if any(module == name or module.startswith(f"{name}.") for name in forbidden)
    ]
    assert wrong == []


def test_the_check_sees_imports_at_all() -> None:
    assert any(module == "clinic.domain.requests" for _, module in imported_modules("clinic/service"))
