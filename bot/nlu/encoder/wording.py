"""Puts a message into the words the sentence encoder knows: abbreviations written out, slips of spelling mended."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

WORDING_FILE = "wording.json"
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
# Shorter words have too many neighbours to be mended.
_SHORTEST = 5
_LONG = 8
# A word seen this often in the training examples is meant as it stands.
_FAMILIAR = 3
# Shorter ones are typed for many reasons.
_SHORTEST_STRANGE = 3
_INITIALS = re.compile(r"[A-Z]{2,6}s?")


class Wording:
    """Rewrites texts; learnt from training examples."""

    def __init__(
        self,
        abbreviations: Mapping[str, str],
        familiar: Iterable[str],
        targets: Iterable[str],
        seen: Iterable[str] = (),
    ) -> None:
        """Holds what was learnt; use `learn` or `load`.

        Args:
            abbreviations: what they stand for, by their lower-case form.
            familiar: words never to be changed.
            targets: words a misspelt word may have meant.
            seen: words of the examples, misspelt ones too.
        """
        self._abbreviations = dict(abbreviations)
        self._familiar = frozenset(familiar)
        self._seen = frozenset(seen)
        self._targets: dict[str, list[str]] = {}
        for word in sorted(set(targets)):
            self._targets.setdefault(word[0], []).append(word)
        self._mended: dict[str, str] = {}

    @classmethod
    def learn(cls, texts: Iterable[str], dictionary: Iterable[str], abbreviations: Mapping[str, str]) -> Wording:
        """Learns which words belong to the subject.

        Args:
            texts: training examples, misspelt ones among them.
            dictionary: words of the language, for instance the encoder's vocabulary.
            abbreviations: what abbreviations stand for.

        Returns:
            The wording.
        """
        known = {word for word in dictionary if _WORD.fullmatch(word)}
        counts = Counter(word.lower() for text in texts for word in _WORD.findall(text))
        familiar = {word for word, count in counts.items() if word in known or count >= _FAMILIAR} | known
        targets = {word for word, count in counts.items() if len(word) >= _SHORTEST - 1 and count >= 2}
        return cls(abbreviations, familiar, targets & familiar, counts)

    def plain(self, text: str) -> str:
        """Rewrites a text.

        Args:
            text: as written.

        Returns:
            The text with abbreviations written out and probable slips mended; other words unchanged.
        """
        return _WORD.sub(lambda match: self._word(match.group()), text)

    def is_gibberish(self, text: str) -> bool:
        """Whether half of the words or more, and at least one, are none that anybody knows.

        Args:
            text: as written.

        Returns:
            True for "zzxq brrpt"; False for slips of spelling, for initials ("IBS") and for a text without words.
        """
        pieces = [piece for word in _WORD.findall(text) for piece in word.split("-")]
        words = [word for word in pieces if len(word) >= _SHORTEST_STRANGE and not _INITIALS.fullmatch(word)]
        strange = [word for word in words if not self._knows(word)]
        return len(strange) * 2 >= max(len(words), 1)

    def _knows(self, word: str) -> bool:
        lower = word.lower().strip("'-")
        known = lower in self._familiar or lower in self._seen or lower in self._abbreviations
        return known or self._word(lower) != lower

    def _word(self, word: str) -> str:
        lower = word.lower()
        if lower in self._abbreviations:
            return self._abbreviations[lower]
        if len(lower) < _SHORTEST or lower in self._familiar:
            return word
        if lower not in self._mended:
            if len(self._mended) > 10_000:
                self._mended.clear()
            # The first letter is kept: "untreated" is not a slip of "treated".
            found = process.extractOne(
                lower,
                self._targets.get(lower[0], []),
                scorer=OSA.distance,
                score_cutoff=1 if len(lower) < _LONG else 2,
            )
            self._mended[lower] = found[0] if found else word
        return self._mended[lower]

    def save(self, directory: Path) -> None:
        """Writes what was learnt.

        Args:
            directory: an existing directory.
        """
        content = {
            "abbreviations": self._abbreviations,
            "familiar": sorted(self._familiar),
            "targets": [word for words in self._targets.values() for word in words],
            "seen": sorted(self._seen),
        }
        (directory / WORDING_FILE).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Wording:
        """Reads what `save` wrote.

        Args:
            directory: holds the file.

        Returns:
            The wording.
        """
        return cls(**json.loads((directory / WORDING_FILE).read_text(encoding="utf-8")))
