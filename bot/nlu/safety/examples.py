"""Reads what the second looks learn from: dangers, harmless talk, and both in other languages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bot.nlu.safety.second_look import LABELS, NONE

MIXED_FILE = "redflags/examples.jsonl"
DANGER, HARMLESS, LANGUAGES = "danger", "harmless", "languages"


class ExampleError(ValueError):
    """A file of examples has a name that tells no label."""


def read_examples(lexicon: Path) -> dict[str, str]:
    """The English examples under `lexicon`: text -> label ("emergency", "crisis" or "none").

    `danger/<label>.<kind>.txt` and `harmless/<kind>.txt` hold one message a line. Raises ExampleError.
    """
    mixed = (lexicon / MIXED_FILE).read_text(encoding="utf-8").splitlines()
    labels = {line["text"]: line["label"] for line in map(json.loads, mixed)}
    for file in sorted((lexicon / HARMLESS).glob("*.txt")):
        labels.update(dict.fromkeys(_lines(file), NONE))
    for file in sorted((lexicon / DANGER).glob("*.txt")):
        labels.update({text: _label(file, 0) for text in _lines(file)})
    return labels


def read_other_languages(lexicon: Path) -> list[tuple[str, str, str]]:
    """The examples in `languages/<language>.<label>.<kind>.txt`: (text, label, language). Raises ExampleError."""
    return [
        (text, _label(file, 1), file.name.split(".")[0])
        for file in sorted((lexicon / LANGUAGES).glob("*.txt"))
        for text in _lines(file)
    ]


def _label(file: Path, place: int) -> str:
    label = file.name.split(".")[place]
    if label not in LABELS:
        raise ExampleError(f"{file}: the name must tell the label, one of {', '.join(LABELS)}")
    return label


def _lines(file: Path) -> Iterator[str]:
    return (line for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
