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
ABOVE_STORAGE = {"clinic.backup", "clinic.doctor", "clinic.jobs", "clinic.notify"}
# Folder -> what nothing in it may import. Whatever starts something (actions, desk, clinic.jobs, the command line)
# calls the rest; nothing calls it, and no two of them call each other.
RULES: dict[str, set[str]] = {
    "clinic": {"rasa", "rasa_sdk", "actions", "bot", "desk", "fastapi", "starlette", "jinja2"},
    "clinic/domain": {
        *FRAMEWORKS, *ENTRY, *ABOVE_STORAGE, "clinic.storage", "clinic.service", "clinic.settings", "clinic.logs",
        "clinic.keys",
    },
    "clinic/intake": {*FRAMEWORKS, *ENTRY, *ABOVE_STORAGE, "clinic.storage", "clinic.service", "clinic.settings"},
    "clinic/storage": {*ENTRY, *ABOVE_STORAGE, "clinic.service"},
    "clinic/service": {*ENTRY, *ABOVE_STORAGE, "sqlalchemy", "clinic.storage"},
    "clinic/notify": {*ENTRY, "clinic.backup", "clinic.doctor", "clinic.jobs", "clinic.storage", "sqlalchemy"},
    "clinic/backup": {*ENTRY, "clinic.doctor", "clinic.jobs", "clinic.notify", "clinic.intake"},
    "clinic/doctor": {*ENTRY, "clinic.backup", "clinic.jobs", "clinic.service"},
    "clinic/commands": {"sqlalchemy", "alembic", "clinic.jobs"},
    "actions": {"bot", "rasa", "desk", "sqlalchemy", "clinic.cli", "clinic.commands", *ABOVE_STORAGE},
    # The pages show and ask; what staff may do, and in which transaction, is told by the services.
    "desk": {
        "bot", "rasa", "rasa_sdk", "actions", "sqlalchemy", "alembic", "clinic.cli", "clinic.commands",
        "clinic.storage", *ABOVE_STORAGE,
    },
    "scripts": {"bot", "rasa", "rasa_sdk", "actions", "desk"},
    "bot": {"clinic", "actions", "desk", "rasa_sdk"},
    "bot/importers": {"bot.nlu", "bot.policies", "bot.channels", "bot.check", "bot.evaluation"},
    "bot/safety": {"bot.nlu", "bot.policies", "bot.channels", "bot.check", "bot.evaluation"},
    "bot/nlu": {"bot.policies", "bot.channels", "bot.check", "bot.evaluation"},
    "bot/policies": {"bot.channels", "bot.check", "bot.evaluation"},
    "bot/channels": {"bot.nlu", "bot.policies", "bot.importers", "bot.check", "bot.evaluation"},
    "bot/check": {"bot.policies", "bot.channels", "bot.evaluation"},
    "bot/evaluation": {"bot.policies", "bot.channels", "bot.check"},
    "bot/tools": {"rasa", "bot.importers", "bot.nlu", "bot.policies", "bot.channels", "bot.safety"},
}  # fmt: skip


def imported_modules(folder: str, root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """Each import below `folder`, as (file, module); also those inside functions."""
    for path in sorted((root / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield path, "." * node.level + node.module


def breaches(folder: str, root: Path = ROOT) -> list[str]:
    """The imports below `folder` that its rule forbids."""
    return [
        f"{path.relative_to(root)} imports {module}"
        for path, module in imported_modules(folder, root)
        if any(module == name or module.startswith(f"{name}.") for name in RULES[folder])
    ]


@pytest.mark.parametrize("folder", RULES)
def test_imports_point_one_way(folder: str) -> None:
    assert breaches(folder) == []


def test_every_folder_has_a_rule() -> None:
    parts = {
        *(ROOT / "clinic").glob("*/__init__.py"),
        *(ROOT / "bot").glob("*/__init__.py"),
        *ROOT.glob("*/__init__.py"),
    }
    folders = {path.parent.relative_to(ROOT).as_posix() for path in parts}
    assert folders - {"tests", "benchmarks"} <= RULES.keys()


def test_the_desk_may_call_services_and_nothing_below(tmp_path: Path) -> None:
    page = tmp_path / "desk" / "pages" / "requests.py"
    page.parent.mkdir(parents=True)
    page.write_text(
        "def show():\n    from clinic.storage.requests import find\n    from clinic.service.requests import found\n"
    )
    assert breaches("desk", tmp_path) == ["desk/pages/requests.py imports clinic.storage.requests"]


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
