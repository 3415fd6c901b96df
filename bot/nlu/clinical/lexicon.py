"""Reads and checks the vocabulary files in data/lexicon."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import yaml

VOCABULARY_FILES = (
    "symptoms", "conditions", "procedures", "medications", "lupus_types", "therapies", "organs", "relations",
)  # fmt: skip
_SCHEMA_OF = {"countries": "countries", "complaints": "complaints", "context": "context", "assertions": "assertions",
              "spelling": "spelling", "redflags": "redflags"}  # fmt: skip

SCHEMA = Path("data/schemas/lexicon.schema.json")
CODE = Path(__file__).parent.parent
LONGEST_MESSAGE = 200


class LexiconError(ValueError):
    """A vocabulary file is wrong; the message names file, line, and what to do."""


def read_file(path: Path, schema: dict[str, Any]) -> dict[str, Any]:
    """Reads one YAML file of the lexicon.

    Takes the file and the parsed data/schemas/lexicon.schema.json.

    Raises:
        LexiconError: with "file:line: what is wrong" for each problem found.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LexiconError(f"{path}: cannot be read ({error.strerror}); the lexicon needs this file") from error
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LexiconError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    if not isinstance(content, dict):
        raise LexiconError(f"{path}:1: must be a mapping with `type:` at its start")
    kind = _SCHEMA_OF.get(str(content.get("type")), "vocabulary")
    checker = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
    problems = [
        f"{path}:{line_of(root, error.absolute_path)}: {_where(error)}: {_what(error)}"
        for error in sorted(checker.iter_errors(content), key=lambda found: list(map(str, found.absolute_path)))
    ]
    problems += [f"{path}:{line_of(root, where)}: {what}" for where, what in _duplicates(content)]
    if problems:
        raise LexiconError("\n".join(problems))
    return content


def _where(error: jsonschema.ValidationError) -> str:
    return ".".join(map(str, error.absolute_path)) or "file"


def _what(error: jsonschema.ValidationError) -> str:
    if error.validator == "uniqueItems":
        twice = sorted({repr(item) for item in error.instance if error.instance.count(item) > 1})
        return f"written twice: {', '.join(twice)}"
    return error.message if len(error.message) <= LONGEST_MESSAGE else error.message[:LONGEST_MESSAGE] + " ..."


def line_of(node: yaml.Node, path: Iterable[str | int]) -> int:
    """The line (from 1) of the value at `path` below a composed YAML node."""
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(step)), node)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
    return node.start_mark.line + 1


def _duplicates(content: dict[str, Any]) -> Iterable[tuple[list[str | int], str]]:
    seen_ids: set[str] = set()
    owner: dict[str, str] = {}
    entries = content.get("entries")
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(entry, dict) or "id" not in entry:
            continue
        if entry["id"] in seen_ids:
            yield ["entries", index, "id"], f"the id {entry['id']!r} is used twice"
        seen_ids.add(entry["id"])
        named = [(key, place) for key in ("synonyms", "places") for place in range(len(entry.get(key) or ()))]
        for key, position in named:
            name = entry[key][position]
            other = owner.setdefault(str(name).lower(), entry["id"])
            if other != entry["id"]:
                where: list[str | int] = ["entries", index, key, position]
                yield where, f"the {key.removesuffix('s')} {name!r} belongs to {other!r} already; keep it in one place"


def read_lexicon(folder: Path, schema_file: Path) -> dict[str, dict[str, Any]]:
    """Reads every file the clinical component needs.

    Returns:
        File name without ending -> content, for the vocabulary, countries, complaints, assertions and spelling.

    Raises:
        LexiconError: listing the problems of all files.
    """
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for name in (*VOCABULARY_FILES, "countries", "complaints", "assertions", "spelling"):
        try:
            found[name] = read_file(folder / f"{name}.yml", schema)
        except LexiconError as error:
            problems.append(str(error))
    if problems:
        raise LexiconError("\n".join(problems))
    return found


def fingerprint(folder: Path, schema_file: Path = SCHEMA) -> str:
    """A hash of the lexicon's files and of the code of `bot.nlu`: when it changes, Rasa trains a component anew.

    One for all components: each learns from some of the files, with code of several modules.
    """
    digest = hashlib.sha256()
    for root, found in ((folder, folder.rglob("*")), (CODE, CODE.rglob("*.py"))):
        for path in sorted(path for path in found if path.is_file()):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    digest.update(schema_file.read_bytes())
    return digest.hexdigest()
