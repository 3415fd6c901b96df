"""Compares found clinical mentions with labelled ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

TYPES = ("symptom", "medication", "organ", "condition", "procedure")
ATTRIBUTES = ("negated", "experiencer", "temporality")
# Finer types: "SLE" is a type of lupus, "MSC therapy" a therapy. One may be what a label means.
FINER = {"lupus_type": "condition", "therapy": "procedure"}


@dataclass
class Count:
    """Hits, false finds and misses of one type."""

    found: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return _share(self.found, self.found + self.false)

    @property
    def recall(self) -> float:
        """Share of what is there that was found."""
        return _share(self.found, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass
class Comparison:
    """Counts by type, and how many attributes of the found mentions are right."""

    types: dict[str, Count] = field(default_factory=lambda: {kind: Count() for kind in TYPES})
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ATTRIBUTES, 0))
    compared: int = 0

    def attribute(self, name: str) -> float:
        """Share of the found mentions whose attribute `name` is right."""
        return _share(self.right[name], self.compared)

    @property
    def all_attributes(self) -> float:
        """Share of right values over all attributes."""
        return _share(sum(self.right.values()), self.compared * len(ATTRIBUTES))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _overlap(first: Mapping[str, Any], second: Mapping[str, Any]) -> int:
    return min(int(first["end"]), int(second["end"])) - max(int(first["start"]), int(second["start"]))


def compare(
    pairs: Iterable[tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]],
) -> Comparison:
    """Counts over (labelled, found) mentions of each message.

    A mention counts as found when a mention of the same type overlaps it; each is used once, the longest
    overlap first. Attributes are compared for the found ones; `also_accept` names other right values.
    """
    result = Comparison()
    for labelled, found in pairs:
        open_finds = [mention for mention in found if mention["entity"] in TYPES or mention["entity"] in FINER]
        for label in labelled:
            fits = [
                mention
                for mention in open_finds
                if FINER.get(mention["entity"], mention["entity"]) == label["type"] and _overlap(mention, label) > 0
            ]
            if not fits:
                result.types[label["type"]].missed += 1
                continue
            best = max(fits, key=lambda mention: _overlap(mention, label))
            open_finds.remove(best)
            result.types[label["type"]].found += 1
            _compare_attributes(result, label, best)
        for mention in open_finds:
            if mention["entity"] in TYPES:
                result.types[mention["entity"]].false += 1
    return result


def _compare_attributes(result: Comparison, label: Mapping[str, Any], mention: Mapping[str, Any]) -> None:
    result.compared += 1
    accepted = label.get("also_accept") or {}
    for name in ATTRIBUTES:
        also = accepted.get(name, [])
        right = [label[name], *(also if isinstance(also, list) else [also])]
        result.right[name] += mention.get(name) in right
