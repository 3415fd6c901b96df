"""Tells what a message speaks of: lupus, stem cells, another disease, a medicine that is not for lupus."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SCOPE_FILE = "scope.json"
_SUBJECTS = ("lupus", "stem_cells", "lupus_medicines", "other_conditions", "other_medicines")
_APOSTROPHES = re.compile(r"['’`´]")
_WORD = re.compile(r"\w+")
# Names of diseases are open-ended; these forms give an unlisted one away ("Lemierre syndrome", "brucellosis").
_DISEASE_PHRASE = re.compile(
    r"\b(?P<name>\w+)\s+(?:syndrome|disease|disorder|deficiency|deficiencies|dystrophy|atrophy|dysplasia|hypoplasia|"
    r"agenesis|atresia|ataxia|malformations?|anomaly|anomalies|defects?|carcinoma|cancers?|tumou?rs?|polyps?|cysts?|"
    r"sclerosis|palsy|paralysis|gravis|anaemia|anemia|fever|virus|poisoning|addiction|intolerance|hernia|fractures?|"
    r"injury|injuries|bites?|stings?)\b"
)
_BORN_WITH = re.compile(r"\b(?:congenital|familial|infantile|idiopathic|trisomy|monosomy)\s+(?P<name>\w+)\b")
_DISEASE_WORD = re.compile(
    r"\b\w{3,}(?:itis|iasis|osis|emia|uria|algia|dynia|pathy|pathies|omas?|cele|plegia|paresis|trophy|trophies|plasia|"
    r"plakia|penia|megaly|cephaly|dactyly|schisis|ectasia|ectasis|rrho?ea|rrhagia|thyroidism|tonia|kinesia|lepsy|sthenia|"
    r"phobia|opia|opsia|acusis|lexia|praxia|phagia)\b"
)


@dataclass(frozen=True)
class Subjects:
    """What a message names.

    Attributes:
        lupus: lupus by any of its names.
        stem_cells: a stem-cell therapy.
        lupus_medicines: a medicine that is given for lupus.
        other_conditions: diseases that are neither lupus nor part of its story.
        other_medicines: medicines that are not given for lupus.
    """

    lupus: bool = False
    stem_cells: bool = False
    lupus_medicines: bool = False
    other_conditions: tuple[str, ...] = ()
    other_medicines: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> bool:
        """Whether the message is about another disease or medicine and lupus is not named."""
        return not self.lupus and bool(self.other_conditions or self.other_medicines)


class Scope:
    """Finds names of the lexicon in text, word by word."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        """Holds the names of each subject.

        Args:
            names: the names of each subject, `acronyms` of other conditions that count in capitals only,
                `ignored` names that say nothing of the scope, and what only looks like the name of a disease:
                `no_disease_names` beside a word such as "disease", `no_diseases` with an ending such as "-osis".
        """
        self.names = {subject: tuple(names.get(subject, ())) for subject in _SUBJECTS}
        self._subjects: dict[tuple[str, ...], str] = {}
        # What lies within scope wins over the same name elsewhere.
        for subject in reversed(_SUBJECTS):
            for name in self.names[subject]:
                words = tuple(plain_words(name))
                if words:
                    self._subjects[words] = subject
        self._ignored = {tuple(plain_words(name)) for name in names.get("ignored", ())}
        self._no_names = frozenset(names.get("no_disease_names", ()))
        self._no_diseases = frozenset(names.get("no_diseases", ()))
        self._acronyms = frozenset(names.get("acronyms", ()))
        self._lupus_words = {plain_words(name)[0] for name in self.names["lupus"] if len(plain_words(name)) == 1}
        self._longest = max((len(words) for words in self._subjects), default=0)

    @classmethod
    def from_lexicon(cls, folder: Path) -> Scope:
        """Reads the lexicon.

        Args:
            folder: holds `scope.yml`, `conditions.yml` and `medications.yml`.

        Returns:
            The scope.

        Raises:
            OSError: if a file is missing.
        """
        scope = read_lexicon_file(folder / "scope.yml")
        conditions = _entries(folder / "conditions.yml")
        medicines = _entries(folder / "medications.yml")
        lupus_conditions, lupus_medicines = set(scope["lupus_conditions"]), set(scope["lupus_medicines"])
        words = frozenset(scope["acronyms_like_words"])
        return cls(
            {
                "lupus": scope["lupus"],
                "stem_cells": scope["stem_cells"],
                "lupus_medicines": _names(e for e in medicines if e["id"] in lupus_medicines),
                "other_conditions": [
                    *_names((e for e in conditions if e["id"] not in lupus_conditions), words),
                    *scope["other_conditions"],
                ],
                "other_medicines": [
                    *_names(e for e in medicines if e["id"] not in lupus_medicines),
                    *scope["other_medicines"],
                ],
                "acronyms": [
                    acronym
                    for e in conditions
                    if e["id"] not in lupus_conditions
                    for acronym in e.get("acronyms", [])
                    if acronym.isupper() and _is_word(acronym, words)
                ],
                "ignored": _names(e for e in conditions if e["id"] in lupus_conditions),
                "no_disease_names": scope["no_disease_names"],
                "no_diseases": scope["no_diseases"],
            }
        )

    def subjects(self, text: str) -> Subjects:
        """Finds what a text names; the longest name at each place counts.

        Args:
            text: as written.

        Returns:
            What it names.
        """
        words = plain_words(text)
        found: dict[str, list[str]] = {subject: [] for subject in _SUBJECTS}
        covered: set[str] = set()
        position = 0
        while position < len(words):
            for length in range(min(self._longest, len(words) - position), 0, -1):
                name = tuple(words[position : position + length])
                subject = self._subjects.get(name)
                if subject or name in self._ignored:
                    if subject:
                        found[subject].append(" ".join(name))
                    covered.update(name)
                    position += length
                    break
            else:
                position += 1
        found["other_conditions"].extend(self._acronyms.intersection(_WORD.findall(text)) if not text.isupper() else ())
        found["other_conditions"].extend(self._unlisted(" ".join(words), covered))
        return Subjects(
            # "CNS lupus" is one name of the lexicon, and still lupus.
            lupus=bool(found["lupus"]) or not self._lupus_words.isdisjoint(words),
            stem_cells=bool(found["stem_cells"]),
            lupus_medicines=bool(found["lupus_medicines"]),
            other_conditions=tuple(found["other_conditions"]),
            other_medicines=tuple(found["other_medicines"]),
        )

    def _unlisted(self, text: str, covered: set[str]) -> list[str]:
        phrases = [
            match.group()
            for form in (_DISEASE_PHRASE, _BORN_WITH)
            for match in form.finditer(text)
            if match.group("name") not in self._no_names and match.group("name") not in covered
        ]
        words = [
            match.group()
            for match in _DISEASE_WORD.finditer(text)
            if match.group() not in self._no_diseases and match.group() not in covered
        ]
        return [*phrases, *words]

    def save(self, directory: Path) -> None:
        """Writes the names, so that a trained model needs no lexicon.

        Args:
            directory: an existing directory.
        """
        ignored = [" ".join(words) for words in sorted(self._ignored)]
        content = {
            **self.names,
            "ignored": ignored,
            "acronyms": sorted(self._acronyms),
            "no_disease_names": sorted(self._no_names),
            "no_diseases": sorted(self._no_diseases),
        }
        (directory / SCOPE_FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Scope:
        """Reads what `save` wrote.

        Args:
            directory: holds the file.

        Returns:
            The scope.
        """
        return cls(json.loads((directory / SCOPE_FILE).read_text(encoding="utf-8")))


def plain_words(text: str) -> list[str]:
    """Words without case, accents and apostrophes ("Sjögren's" is `sjogrens`).

    Args:
        text: as written.

    Returns:
        The words in order.
    """
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).lower())
    return _WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c)))


def read_lexicon_file(path: Path) -> dict[str, Any]:
    """Reads a file of the lexicon with the C parser, which is many times quicker.

    Args:
        path: a YAML file whose form was checked (`bot/nlu/clinical/lexicon.py`).

    Returns:
        Its content.
    """
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return content


def _entries(path: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = read_lexicon_file(path)["entries"]
    return entries


def _names(entries: Iterable[dict[str, Any]], words: frozenset[str] = frozenset()) -> list[str]:
    names: list[str] = []
    for entry in entries:
        acronyms = [acronym for acronym in entry.get("acronyms", []) if not _is_word(acronym, words)]
        # A title with brackets is no name.
        names += [entry["label"].split(" (")[0], *entry.get("synonyms", []), *acronyms]
    return names


def _is_word(acronym: str, words: frozenset[str]) -> bool:
    # Acronyms of two letters ("as", "ms") are words too.
    return len(acronym) == 2 or acronym.lower() in words
