"""The red-flag rules as plain data: read from data/lexicon, kept in the model archive as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from bot.nlu.clinical.lexicon import LexiconError, line_of, read_file
from bot.nlu.safety.patterns import PatternError, compile_pattern

FOLDER, SHARED = "redflags", "shared.yml"


@dataclass(frozen=True)
class RedFlags:
    """Everything the detector needs, independent of the files it came from."""

    sources: dict[str, str]
    lists: dict[str, list[str]]
    rules: list[dict[str, Any]]
    context: dict[str, Any]
    respellings: dict[str, str]
    ordinary_words: list[str]

    @classmethod
    def compile(cls, folder: Path, schema_file: Path) -> RedFlags:
        """Reads the families of signs in `folder`/redflags and what they rest on.

        Raises:
            LexiconError: listing all problems: a wrong file, an id used twice, a rule that names no known source.
        """
        schema = json.loads(schema_file.read_text(encoding="utf-8"))
        shared, families, context, spelling = _read_all(folder, schema)
        rules = {rule["id"]: rule for content in families.values() for rule in content["rules"]}
        # Signs that nobody has put in order come last.
        places = {rule_id: place for place, rule_id in enumerate(shared["order"])}
        return cls(
            shared["sources"], shared["lists"], sorted(rules.values(), key=lambda r: places.get(r["id"], len(places))),
            {"rules": context["rules"], "terminated_by": context.get("terminated_by", {})},
            {wrong: right for right, wrongs in spelling["respellings"].items() for wrong in wrongs},
            (folder / "common_words.txt").read_text(encoding="utf-8").split(),
        )  # fmt: skip

    def to_json(self) -> str:
        """Everything, as the model archive keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> RedFlags:
        """The rules that `to_json` wrote."""
        return cls(**json.loads(text))


def _read_all(
    folder: Path, schema: dict[str, Any]
) -> tuple[dict[str, Any], dict[Path, dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """What all families share, each family, the context of signs and the spelling; raises LexiconError."""
    families = sorted(path for path in (folder / FOLDER).glob("*.yml") if path.name != SHARED)
    paths = [folder / FOLDER / SHARED, *families, folder / "redflags_context.yml", folder / "spelling.yml"]
    read: dict[Path, dict[str, Any]] = {}
    problems: list[str] = []
    for path in paths:
        try:
            read[path] = read_file(path, schema)
        except LexiconError as error:
            problems.append(str(error))
    shared = read.get(paths[0])
    if shared is not None:
        problems += _problems(paths[0], shared, {path: read[path] for path in families if path in read})
    if problems or shared is None:
        raise LexiconError("\n".join(problems))
    return shared, {path: read[path] for path in families}, read[paths[-2]], read[paths[-1]]


def _problems(shared_file: Path, shared: dict[str, Any], families: dict[Path, dict[str, Any]]) -> Iterator[str]:
    """What one file alone does not show."""
    first: dict[str, Path] = {}
    if missing := {"sources", "lists", "order"} - shared.keys():
        yield f"{shared_file}:1: {', '.join(sorted(missing))} must stand here"
        return
    for file, content in families.items():
        if "rules" not in content:
            yield f"{file}:1: a family has `rules`; what all share stands in {SHARED}"
            continue
        lines = _Lines(file)
        for index, rule in enumerate(content["rules"]):
            at = f"{file}:{lines.of('rules', index)}: rule {rule['id']!r}"
            if rule["id"] in first:
                yield f"{at} stands in {first[rule['id']].name} already"
            first.setdefault(rule["id"], file)
            yield from (f"{at}{problem}" for problem in _rule_problems(rule, shared))
    lines = _Lines(shared_file)
    for index, rule_id in enumerate(shared["order"]):
        if rule_id not in first:
            yield f"{shared_file}:{lines.of('order', index)}: no family has a rule {rule_id!r}"


def _rule_problems(rule: dict[str, Any], shared: dict[str, Any]) -> Iterator[str]:
    for source in rule["source"]:
        if source not in shared["sources"]:
            yield f" names the source {source!r}; add it to `sources` in {SHARED}"
    if not rule.get("signs") and not rule.get("together"):
        yield " can never fire; give it `signs` or `together`"
    yield from (f": {problem}" for problem in _pattern_problems(rule, shared["lists"]))


def _pattern_problems(rule: dict[str, Any], lists: dict[str, list[str]]) -> Iterator[str]:
    groups = [rule.get("signs", []), *rule.get("together", []), rule.get("unless", [])]
    for pattern in (pattern for group in groups for pattern in group):
        try:
            compile_pattern(pattern, lists, str)
        except PatternError as error:
            yield str(error)


class _Lines:
    """The lines of a file's values; the file is read again, since only what is wrong asks for them."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, *path: str | int) -> int:
        """The line of the value at `path`."""
        return line_of(self._root, path)

    @cached_property
    def _root(self) -> yaml.Node:
        return yaml.compose(self._file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
