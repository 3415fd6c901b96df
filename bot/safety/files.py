"""Reads the safety content, data/safety.yml (numbers) and data/safety_texts.yml (words), and checks it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from bot.importers.content_files import load_schema, read_yaml
from bot.safety.texts import SafetyTexts

NUMBERS, TEXTS = "safety.yml", "safety_texts.yml"
SCHEMAS = "schemas"


def read_safety_texts(content: Path) -> SafetyTexts:
    """The texts of the folder `content`; raises ContentError when a file breaks its schema."""
    numbers = read_yaml(content / NUMBERS).check(load_schema(_schema(content, NUMBERS)))
    texts = read_yaml(content / TEXTS).check(load_schema(_schema(content, TEXTS)))
    data: dict[str, Any] = {**numbers.data, "texts": texts.data}
    return SafetyTexts(data)


def fingerprint(content: Path) -> str:
    """A hash of everything that `read_safety_texts` reads."""
    digest = hashlib.sha256()
    for name in (NUMBERS, TEXTS):
        for path in (content / name, _schema(content, name)):
            if path.exists():
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _schema(content: Path, name: str) -> Path:
    return content / SCHEMAS / f"{Path(name).stem}.schema.json"
