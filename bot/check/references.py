"""What one content file says of another: ids and codes that have to exist there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from bot.importers.content_files import ContentError, load_schema, read_yaml

Place = tuple[str | int, ...]


def schema_faults(folder: Path) -> list[ContentError]:
    """Schemas that are no JSON or no JSON Schema."""
    faults = []
    for path in sorted(folder.glob("*.json")):
        try:
            Draft202012Validator.check_schema(load_schema(path))
        except json.JSONDecodeError as error:
            faults.append(ContentError(path, error.lineno, f"not valid JSON: {error.msg}"))
        except SchemaError as error:
            faults.append(ContentError(path, 1, f"not a JSON Schema: {error.message}"))
    return faults


def intake_faults(path: Path) -> list[ContentError]:
    """Conditions and limits of questions that name a question which does not exist."""
    file = read_yaml(path)
    known = {question["id"] for question in file.data["questions"]}
    return [
        file.error(f"there is no question '{name}'", *place)
        for place, name in _questions_named(file.data["questions"], ("questions",))
        if name not in known
    ]


def _questions_named(node: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _questions_named(item, (*place, index))
    elif isinstance(node, dict):
        for key, item in node.items():
            if key in ("question", "answered", "not_before"):
                yield (*place, key), str(item)
            else:
                yield from _questions_named(item, (*place, key))


def scope_faults(lexicon: Path) -> list[ContentError]:
    """Conditions and medicines of scope.yml that the vocabulary does not have."""
    scope = read_yaml(lexicon / "scope.yml")
    faults = []
    for key, vocabulary in (("lupus_conditions", "conditions"), ("lupus_medicines", "medications")):
        known = {entry["id"] for entry in read_yaml(lexicon / f"{vocabulary}.yml").data["entries"]}
        faults += [
            scope.error(f"{vocabulary}.yml has no entry '{name}'", key, index)
            for index, name in enumerate(scope.data[key])
            if name not in known
        ]
    return faults
