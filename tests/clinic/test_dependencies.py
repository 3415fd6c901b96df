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
        ("clinic", {"rasa", "rasa_sdk", "actions", "bot", "desk", "fastapi", "starlette", "jinja2"}),
        ("bot", {"clinic", "actions", "desk"}),
        ("actions", {"bot", "rasa", "desk"}),
        ("desk", {"bot", "rasa", "rasa_sdk", "actions", "sqlalchemy", "clinic.storage", "clinic.commands"}),
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


# From the ground up: each folder may import those before it.
INTAKE_FLOORS = ("model", "kinds", "saying", "reading", "moves")


@pytest.mark.parametrize("floor", INTAKE_FLOORS)
def test_a_folder_of_the_intake_imports_only_what_lies_below(floor: str) -> None:
    allowed = INTAKE_FLOORS[: INTAKE_FLOORS.index(floor) + 1]
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path, module in imported_modules(f"clinic/intake/{floor}")
        if module.startswith("clinic.intake") and not module.startswith(tuple(f"clinic.intake.{f}" for f in allowed))
    ]
    assert wrong == []


def test_every_folder_of_the_intake_has_its_floor() -> None:
    folders = {path.parent.name for path in (ROOT / "clinic" / "intake").glob("*/__init__.py")}
    assert folders == set(INTAKE_FLOORS)


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """One way through `arrows` that comes back to where it began, or nothing."""

    def walk(way: list[str]) -> list[str]:
        for after in sorted(arrows.get(way[-1], ())):
            if after in way:
                return [*way[way.index(after) :], after]
            if found := walk([*way, after]):
                return found
        return []

    return next((found for start in sorted(arrows) if (found := walk([start]))), [])


def test_the_folders_of_the_intake_import_in_no_circle() -> None:
    arrows: dict[str, set[str]] = {}
    for path, module in imported_modules("clinic/intake"):
        here = path.relative_to(ROOT / "clinic" / "intake").parts[0].removesuffix(".py")
        there = module.removeprefix("clinic.intake.").split(".")[0]
        if module.startswith("clinic.intake.") and there != here:
            arrows.setdefault(here, set()).add(there)
    assert circle(arrows) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"], "the check sees a circle"


def test_the_check_sees_imports_at_all() -> None:
    assert any(module == "clinic.domain.requests" for _, module in imported_modules("clinic/service"))
