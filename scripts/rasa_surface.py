"""Counts what of Marrow depends on Rasa, for docs/decisions/0017-the-way-out-of-rasa.md.

`.venv/bin/python -m scripts.rasa_surface`. It reads the source and runs nothing.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.environment import ROOT

# Folder -> the package of Rasa's that it may know.
SIDES = {"bot": "rasa", "actions": "rasa_sdk", "clinic": "rasa_sdk", "scripts": "rasa"}
CONTENT = (
    "config.yml", "domain.yml", "endpoints*.yml", "credentials*.yml", "data/*.yml", "data/nlu/*.yml",
    "tests/stories/*.yml",
)  # fmt: skip
RASAS_OWN_KEYS = ("nlu:", "rules:", "stories:", "responses:")


@dataclass
class Part:
    """A folder: its modules, those that import Rasa, the classes derived from Rasa's, and what is replaced in it."""

    modules: int = 0
    lines: int = 0
    importing: int = 0
    importing_lines: int = 0
    names: Counter[str] = field(default_factory=Counter)
    classes: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)


def imported(tree: ast.AST, package: str) -> Iterator[tuple[str, str]]:
    """What a module takes of `package`, as (name it has here, its full name); also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == package:
                    yield alias.asname or alias.name.split(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def first_name(node: ast.expr) -> str:
    """The name that an expression such as `a.b.c` begins with, or nothing."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def looped(tree: ast.AST, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The names of loops over what is known, as in "for module in (rasa_action, rasa_forms)"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Tuple):
            yield from ((node.target.id, known[name]) for name in map(first_name, node.iter.elts) if name in known)


def read(path: Path, package: str, part: Part) -> None:
    """Adds one module to its part."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    known = dict(imported(tree, package))
    part.modules += 1
    part.lines += text.count("\n")
    if not known:
        return
    part.importing += 1
    part.importing_lines += text.count("\n")
    part.names.update(set(known.values()))
    known.update(looped(tree, known))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = [known[name].rpartition(".")[2] for name in map(first_name, node.bases) if name in known]
            part.classes += [f"{node.name}({', '.join(bases)})"] if bases else []
        elif isinstance(node, ast.Assign):
            changed = [target for target in node.targets if isinstance(target, ast.Attribute)]
            named = [ast.unparse(target) for target in changed if first_name(target) in known]
            part.replaced += [f"{path.relative_to(ROOT)}: {name}" for name in named]


def parts_of() -> dict[str, Part]:
    """Every folder of the code, those of the bot one by one."""
    parts: dict[str, Part] = {}
    for side, package in SIDES.items():
        for path in sorted((ROOT / side).rglob("*.py")):
            place = path.relative_to(ROOT).parts
            name = f"bot/{place[1]}" if side == "bot" and len(place) > 2 else side
            read(path, package, parts.setdefault(name, Part()))
    return parts


def content_files() -> Iterator[tuple[str, int]]:
    """The files of content and settings in a form of Rasa's, with their lines."""
    for pattern in CONTENT:
        for path in sorted(ROOT.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            settings = path.parent == ROOT
            if settings or any(line.startswith(RASAS_OWN_KEYS) for line in text.splitlines()):
                yield path.relative_to(ROOT).as_posix(), text.count("\n")


def main() -> None:
    """Prints the counts."""
    parts = parts_of()
    print("| part | modules | of these import Rasa | lines | of these in importing modules | classes of Rasa's kind |")
    print("|---|---|---|---|---|---|")
    for name, part in sorted(parts.items()):
        counts = (part.modules, part.importing, part.lines, part.importing_lines, len(part.classes))
        print(f"| `{name}` | {' | '.join(map(str, counts))} |")
    print("\nnames of Rasa's that are used:", len({name for part in parts.values() for name in part.names}))
    print("\nclasses derived from Rasa's:")
    print("\n".join(f"- {name}: {', '.join(part.classes)}" for name, part in sorted(parts.items()) if part.classes))
    print("\nreplaced inside Rasa:")
    print("\n".join(f"- {place}" for part in parts.values() for place in part.replaced))
    files = list(content_files())
    print(f"\nfiles in Rasa's forms: {len(files)}, {sum(lines for _, lines in files)} lines")
    print("\n".join(f"- {name}: {lines}" for name, lines in files))


if __name__ == "__main__":
    main()
