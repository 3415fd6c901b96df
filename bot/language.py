"""The language of the chat, as far as the bot speaks by itself: `data/language/<tag>/replies.yml`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from bot.importers.content_files import ContentFile, load_schema, raise_all, read_yaml

ENGLISH = "en"
REPLIES, SCHEMA = "replies.yml", "replies.schema.json"
CONTENT_SETTING, CONTENT = "MARROW_CONTENT_DIR", "data"


@dataclass(frozen=True)
class Language:
    """What the channels say around the bot's answers, and in their place; by key."""

    sentences: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """A sentence with its {words} filled in."""
        return self.sentences[key].format(**values)


def read_language(content: Path, tag: str = ENGLISH) -> Language:
    """The language `tag` of the folder `content`; raises ContentError (file, line, problem)."""
    file = read_yaml(content / "language" / tag / REPLIES)
    schema = load_schema(content / "schemas" / SCHEMA)
    file.check(schema)
    raise_all([file.error(f"nothing fills in {sorted(names)}", key) for key, names in _unknown(file, schema).items()])
    return Language({str(key): str(text) for key, text in file.data.items()})


@cache
def language() -> Language:
    """That of this process, read once; a bot does so when it starts, so that it starts with all its words or not."""
    return read_language(content_folder())


def content_folder() -> Path:
    """Where this process finds the content."""
    return Path(os.environ.get(CONTENT_SETTING) or CONTENT)


def _unknown(file: ContentFile, schema: Mapping[str, Any]) -> dict[str, set[str]]:
    """The {words} that the code does not fill in, by the key of their sentence."""
    found = {}
    for key, text in file.data.items():
        filled_in = {part["pattern"].strip("\\{}") for part in schema["properties"][key].get("allOf", ())}
        found[str(key)] = {name for _, name, _, _ in Formatter().parse(str(text)) if name is not None} - filled_in
    return {key: names for key, names in found.items() if names}
