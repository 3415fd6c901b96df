"""The language of the chat: what the intake says, read from `data/language/<tag>/`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from clinic.intake.model.content import SCHEMAS, ContentError, first_violation, line_of, read_yaml

SENTENCES = SCHEMAS / "sentences.schema.json"


class LanguageError(ContentError):
    """A language file cannot be used."""


@dataclass(frozen=True, eq=False)
class Language:
    """One language. Handed in beside the clock, so that nothing in the engine speaks by itself."""

    sentences: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> Language:
        """Read the files of a language; raises LanguageError (file, line, what is wrong)."""
        path = Path(folder) / "sentences.yml"
        data = read_yaml(path, LanguageError)
        wrong = first_violation(data, SENTENCES)
        if wrong is not None:
            raise LanguageError(path, line_of(data, list(wrong.absolute_path)), wrong.message)
        known = json.loads(SENTENCES.read_text("utf-8"))["properties"]
        for key, text in data.items():
            filled_in = {part["pattern"].strip("\\{}") for part in known[key].get("allOf", ())}
            unknown = _placeholders(str(text)) - filled_in
            if unknown:
                raise LanguageError(path, line_of(data, [key]), f"'{key}': nothing fills in {sorted(unknown)}")
        return cls({str(key): str(text) for key, text in data.items()})

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its {words} filled in."""
        return self.sentences[key].format(**values)

    def list_or(self, items: Sequence[str]) -> str:
        """Join what may be meant: "Mexico or Spain"."""
        return f" {self.sentences['or']} ".join(items)


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
