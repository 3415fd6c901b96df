"""The language of the chat: what the intake says and hears, read from `data/language/<tag>/`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, cast

from clinic.intake.model.commands import CommandName
from clinic.intake.model.content import SCHEMAS, ContentError, first_violation, line_of, read_yaml
from clinic.intake.model.places import Places
from clinic.intake.model.text import normalise

# The one language there is.
ENGLISH = "en"
SENTENCES, WORDS = SCHEMAS / "sentences.schema.json", SCHEMAS / "words.schema.json"
PATTERNS = SCHEMAS / "patterns.schema.json"
_NAMED = re.compile(r"\{\{(\w+)\}\}")


class LanguageError(ContentError):
    """A language file cannot be used."""


@dataclass(frozen=True, eq=False)
class Language:
    """One language. Handed in beside the clock, so that nothing in the engine speaks or hears by itself.

    tag: its BCP 47 tag, the name of its folder. sentences: what the intake says, by key. words: whole messages of the
    patient in their normal form, by what they mean. commands, review: the command that a message is, and the reply to
    the review. places: names of countries. patterns: parts of messages that a list of wordings cannot hold.
    """

    tag: str
    sentences: Mapping[str, str]
    words: Mapping[str, frozenset[str]]
    commands: Mapping[str, CommandName]
    review: Mapping[str, str]
    places: Places
    patterns: Mapping[str, re.Pattern[str]]

    @classmethod
    def of(cls, content: Path, tag: str = ENGLISH) -> Language:
        """Read the language `tag` of a content directory; raises LanguageError."""
        return cls.load(content / "language" / tag)

    @classmethod
    def load(cls, folder: Path) -> Language:
        """Read the files of a language, `data/language/<tag>`, and the names of countries in `data/lexicon`.

        Raises LanguageError (file, line, what is wrong).
        """
        words = _read(Path(folder) / "words.yml", WORDS)
        commands, review = words.pop("commands"), words.pop("review")
        return cls(
            tag=Path(folder).name,
            sentences=_sentences(Path(folder) / "sentences.yml"),
            words={str(key): frozenset(map(str, found)) for key, found in words.items()},
            commands=cast("Mapping[str, CommandName]", _by_wording(commands)),
            review=_by_wording(review),
            places=Places.load(Path(folder).parents[1] / "lexicon" / "countries.yml", LanguageError),
            patterns=_patterns(Path(folder) / "patterns.yml"),
        )

    def means(self, key: str, text: str) -> bool:
        """Tell whether the whole message is one of the wordings for `key`."""
        return normalise(text) in self.words[key]

    def has_no_answer(self, text: str) -> bool:
        """Tell whether the whole message says that there is nothing to answer ("I don't remember", "none")."""
        return self.means("no_answer", text) or self.means("nothing", text)

    def is_chat(self, text: str) -> bool:
        """Tell whether the whole message is small talk or filler that can be no name, place or language."""
        return self.means("chat", text)

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its {words} filled in."""
        return self.sentences[key].format(**values)

    def list_or(self, items: Sequence[str]) -> str:
        """Join what may be meant: "Mexico or Spain"."""
        return f" {self.sentences['or']} ".join(items)


def _read(path: Path, schema: Path) -> Any:
    data = read_yaml(path, LanguageError)
    wrong = first_violation(data, schema)
    if wrong is not None:
        raise LanguageError(path, line_of(data, list(wrong.absolute_path)), wrong.message)
    return data


def _sentences(path: Path) -> dict[str, str]:
    data = _read(path, SENTENCES)
    known = json.loads(SENTENCES.read_text("utf-8"))["properties"]
    for key, text in data.items():
        filled_in = {part["pattern"].strip("\\{}") for part in known[key].get("allOf", ())}
        unknown = _placeholders(str(text)) - filled_in
        if unknown:
            raise LanguageError(path, line_of(data, [key]), f"'{key}': nothing fills in {sorted(unknown)}")
    return {str(key): str(text) for key, text in data.items()}


def _patterns(path: Path) -> dict[str, re.Pattern[str]]:
    """Compile the patterns of a file; {{name}} stands for another one of them, which has to come before."""
    data = _read(path, PATTERNS)
    sources: dict[str, str] = {}
    compiled: dict[str, re.Pattern[str]] = {}
    for key, source in data.items():
        source = "".join(str(source).splitlines())
        unknown = set(_NAMED.findall(source)) - sources.keys()
        if unknown:
            raise LanguageError(
                path, line_of(data, [key]), f"'{key}': no pattern before it is called {sorted(unknown)}"
            )
        sources[key] = _NAMED.sub(lambda match: f"(?:{sources[match.group(1)]})", source)
        try:
            compiled[key] = re.compile(sources[key], re.IGNORECASE | re.DOTALL)
        except re.error as problem:
            raise LanguageError(path, line_of(data, [key]), f"'{key}': no regular expression: {problem}") from problem
    return compiled


def _by_wording(wordings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {str(wording): str(meaning) for meaning, found in wordings.items() for wording in found}


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
