"""The red-flag rules as plain data: read from data/lexicon, kept in the model archive as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.nlu.clinical.lexicon import LexiconError, line_of, read_file


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
        """Reads redflags.yml and what it rests on.

        raises: LexiconError when a file is wrong or a rule names no known source
        """
        schema = json.loads(schema_file.read_text(encoding="utf-8"))
        file = folder / "redflags.yml"
        content = read_file(file, schema)
        _check(file, content)
        context = read_file(folder / "redflags_context.yml", schema)
        spelling = read_file(folder / "spelling.yml", schema)
        return cls(
            content["sources"], content["lists"], content["rules"],
            {"rules": context["rules"], "terminated_by": context.get("terminated_by", {})},
            {wrong: right for right, wrongs in spelling["respellings"].items() for wrong in wrongs},
            (folder / "common_words.txt").read_text(encoding="utf-8").split(),
        )  # fmt: skip

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> RedFlags:
        return cls(**json.loads(text))


def _check(file: Path, content: dict[str, Any]) -> None:
    import yaml

    root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for index, rule in enumerate(content["rules"]):
        line = line_of(root, ["rules", index])
        for source in rule["source"]:
            if source not in content["sources"]:
                raise LexiconError(
                    f"{file}:{line}: rule {rule['id']!r} names the source {source!r}; add it to `sources`"
                )
        if not rule.get("signs") and not rule.get("together"):
            raise LexiconError(f"{file}:{line}: rule {rule['id']!r} can never fire; give it `signs` or `together`")
