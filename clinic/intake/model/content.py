"""Reads a content file in YAML, and says file, line and problem when it is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

SCHEMAS = Path(__file__).resolve().parents[3] / "data" / "schemas"


class ContentError(ValueError):
    """A content file cannot be used; the message names file, line and what is wrong."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.path, self.line, self.problem = path, line, problem


def read_yaml(path: Path, error: type[ContentError] = ContentError) -> Any:
    """Return what the file holds, with the positions of its parts (see `line_of`); raises `error`."""
    try:
        return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise error(path, 1, f"cannot be read: {problem.strerror or problem}") from problem
    except MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise error(path, line, f"not valid YAML: {problem.problem}") from problem


def first_violation(data: Any, schema: Path) -> ValidationError | None:
    """Return what breaks the JSON schema in this file most plainly, or None."""
    found: ValidationError | None = best_match(
        Draft202012Validator(json.loads(schema.read_text("utf-8"))).iter_errors(data)
    )
    return found


def line_of(data: Any, path: Sequence[str | int]) -> int:
    """Return the line (from 1) of the deepest part of `path` that the YAML loader knows a position for."""
    line = 1
    node = data
    for key in path:
        position = getattr(node, "lc", None)
        if position is None:
            break
        try:
            line = (position.key(key) if isinstance(node, Mapping) else position.item(key))[0] + 1
        except (KeyError, TypeError, IndexError):
            break
        node = node[key]
    return line
