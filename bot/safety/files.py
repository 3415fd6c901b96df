"""Reads the safety content, data/safety.yml (numbers) and data/safety_texts.yml (words), and checks it.

The names of countries come from the lexicon.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from bot.importers.content_files import load_schema, raise_all, read_yaml
from bot.safety.texts import SafetyTexts
from bot.safety.whereabouts import Places

NUMBERS, TEXTS = "safety.yml", "safety_texts.yml"
COUNTRIES = "lexicon/countries.yml"
SCHEMAS = "schemas"


def read_safety_texts(content: Path) -> SafetyTexts:
    """The texts of the folder `content`; raises ContentError when the files break their schemas."""
    numbers, texts = read_yaml(content / NUMBERS), read_yaml(content / TEXTS)
    raise_all(
        [fault for file in (numbers, texts) for fault in file.faults(load_schema(_schema(content, file.path.name)))]
    )
    places = Places.of(read_yaml(content / COUNTRIES).data["entries"])
    data: dict[str, Any] = {**numbers.data, "texts": texts.data, "places": places.to_dict()}
    return SafetyTexts(data)


def fingerprint(content: Path) -> str:
    """A hash of everything that `read_safety_texts` reads."""
    digest = hashlib.sha256()
    for name in (NUMBERS, TEXTS):
        for path in (content / name, _schema(content, name)):
            if path.exists():
                digest.update(path.read_bytes())
    digest.update((content / COUNTRIES).read_bytes())
    return digest.hexdigest()


def _schema(content: Path, name: str) -> Path:
    return content / SCHEMAS / f"{Path(name).stem}.schema.json"
