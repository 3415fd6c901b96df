"""The table "Where do I change ..." of docs/architecture.md leads to something that is there."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| `(.+?)` \| `(.+?)` \|$", DOCUMENT.split("## Where do I change")[1], re.MULTILINE)


def symbols(tree: ast.AST, within: str = "") -> set[str]:
    """The names that a module binds at its top and in its classes, as "name" and "Class.name"."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(within + node.name)
            if isinstance(node, ast.ClassDef):
                found |= symbols(node, f"{within}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {within + target.id for target in targets if isinstance(target, ast.Name)}
    return found


def value_at(data: Any, key: str) -> Any:
    """What `key` leads to; in a list a part is the `id` of an item. Raises KeyError or StopIteration."""
    for part in key.split("."):
        data = next(item for item in data if item["id"] == part) if isinstance(data, list) else data[part]
    return data


def test_the_table_answers_what_is_asked_most() -> None:
    questions = [question for question, _, _ in ROWS]
    assert len(questions) == len(set(questions)) >= 16
    asked = ("refusal", "command word", "minor", "WhatsApp", "why an alarm", "transaction writes a request")
    assert [word for word in asked if not any(word in question for question in questions)] == []


@pytest.mark.parametrize(("file", "name"), [row[1:] for row in ROWS], ids=[row[0].replace(" ", "_") for row in ROWS])
def test_a_row_leads_to_something(file: str, name: str) -> None:
    path = ROOT / file
    if path.suffix == ".py":
        assert name in symbols(ast.parse(path.read_text(encoding="utf-8")))
    elif path.suffix == ".json":
        assert value_at(json.loads(path.read_text(encoding="utf-8")), name) is not None
    else:
        assert value_at(YAML(typ="safe").load(path.read_text(encoding="utf-8")), name) is not None


def test_a_row_that_leads_nowhere_is_found() -> None:
    assert "barrier" in symbols(ast.parse("def barrier(): ..."))
    assert symbols(ast.parse("class A:\n    b: int = 1\n    def c(self): d = 1")) == {"A", "A.b", "A.c"}
    assert value_at({"questions": [{"id": "a", "kind": "text"}]}, "questions.a.kind") == "text"
    with pytest.raises(KeyError):
        value_at({"a": {}}, "a.b")
