"""Names of countries and places that no standard lists, read from `data/lexicon/countries.yml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.intake.model.content import ContentError, read_yaml
from clinic.intake.model.text import normalise, strip_accents


def place_key(text: str) -> str:
    """Return the form in which the name of a place is looked up."""
    return normalise(strip_accents(text)).removeprefix("the ").strip()


@dataclass(frozen=True, eq=False)
class Places:
    """What people call a country where they are asked for one, by `place_key`; codes are those of ISO 3166 alpha-2.

    names: the code of each name. sure: those of them that are taken only as they are spelt, since words that look like
    them are too many (cities, nicknames). acronyms: the code of each that counts only as it stands ("SA"). several:
    the codes of what may mean several countries.
    """

    names: Mapping[str, str]
    sure: frozenset[str]
    acronyms: Mapping[str, str]
    several: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, path: Path, error: type[ContentError] = ContentError) -> Places:
        """Read the file; raises `error`. It is checked in full when the bot is trained."""
        data = read_yaml(path, error)
        try:
            entries = [(str(entry["id"]), entry) for entry in data["entries"]]
            sure = _names(entries, "places", "answers")
            return cls(
                names={
                    **{place_key(str(entry["label"])): code for code, entry in entries},
                    **_names(entries, "synonyms"),
                    **sure,
                },
                sure=frozenset(sure),
                acronyms={str(name): code for code, entry in entries for name in entry.get("acronyms", ())},
                several={place_key(str(name)): tuple(map(str, codes)) for name, codes in data["several"].items()},
            )
        except (KeyError, TypeError, AttributeError) as problem:
            raise error(
                path, 1, f"has not the form of the countries ({type(problem).__name__}: {problem})"
            ) from problem


def _names(entries: Sequence[tuple[str, Mapping[str, Any]]], *keys: str) -> dict[str, str]:
    return {place_key(str(name)): code for code, entry in entries for key in keys for name in entry.get(key, ())}
