"""Says of what was named before what stands behind it: "rash and fever went away", "imuran, but I never took it"."""

from __future__ import annotations

from collections.abc import Sequence

from bot.nlu.clinical.cues import Rule
from bot.nlu.clinical.frames import Frame, Item, Place
from bot.nlu.clinical.layout import Layout

_FINDINGS = {"symptom", "condition"}
# Said of all tests named before it: "HBV, HCV, HIV neg".
_TESTED = frozenset({"neg", "negative", "non reactive", "not reactive", "neg x2", "all negative", "all neg"})


class LookingBack:
    """The items of a message so far, and the way back to them."""

    def __init__(self, layout: Layout) -> None:
        self.items: list[Item] = []
        self._layout = layout

    def say(
        self, rules: Sequence[Rule], start: int, end: int, place: Place, frame: Frame, anywhere: bool = False
    ) -> bool:
        """Says rules of the item they reach, and of those coordinated with it.

        Takes the rules of a cue in tokens start..end, where it stands, and the frame there; with `anywhere` the last
        item is reached however far it is.

        Returns:
            Whether there was one.
        """
        if self._cleared(rules):
            return True
        rules = [rule for rule in rules if not rule.clears]
        last = next((i for i in reversed(self.items) if any(rule.allows(i.target.kind) for rule in rules)), None)
        if last is None or not (anywhere or self._reaches(last, rules, start, end, place, frame)):
            return False
        tested = " ".join(self._layout.norms[start:end]) in _TESTED
        for item in self._together(last, tested):
            item.behind += rules
            item.answered = True
        return True

    def _cleared(self, rules: Sequence[Rule]) -> bool:
        """ "They suspected lymphoma, but the biopsy came back clear" speaks of what was in doubt, however far back."""
        clearing = [rule for rule in rules if rule.clears]
        for item in reversed(self.items if clearing else ()):
            if clearing[0].allows(item.target.kind) and item.assertion().polarity == "unsure":
                item.behind += clearing
                return True
        return False

    def _reaches(self, last: Item, rules: Sequence[Rule], start: int, end: int, place: Place, frame: Frame) -> bool:
        if last.place == place and last is self.items[-1]:
            noun = not self._layout.words["determiners"].isdisjoint(self._layout.norms[last.target.end : start])
            return not (noun and rules[0].reach == "either")
        if last is not self.items[-1] and self.items[-1].target.kind == "procedure":
            return False  # "a lump, the biopsy was negative" speaks of the biopsy
        if frame.people() and frame.person()[0] != last.assertion().whose:
            return False
        return self._points_back(last, start, end, place)

    def _points_back(self, item: Item, start: int, end: int, place: Place) -> bool:
        """Whether a cue without a finding of its own speaks of one before it: "but I stopped that last week"."""
        layout = self._layout
        if item.place.sentence != place.sentence:
            # "A week? Was in hospital ..." tells something new.
            bare = end == start + 1 and layout.norms[start] in layout.words["copulas"]
            if bare or not self._answers(item, start, place):
                return False
        first = start
        while first > max(item.target.end, 0) and not layout.is_edge(first - 1):
            first -= 1
            if layout.norms[first] not in layout.light and not layout.covered[first]:
                return False
        if end >= len(layout.doc) or layout.is_edge(end) or end in layout.cues or layout.doc[end].is_digit:
            return True
        return layout.norms[end] in layout.words["pointers"] or layout.norms[end] in layout.words["trails"]

    def _answers(self, item: Item, start: int, place: Place) -> bool:
        """Whether a sentence answers the one before ("pregnant? no") or begins by pointing to it ("It went away")."""
        first = self._layout.doc[start].sent.start
        asked = self._layout.doc[first - 1].text == "?" or self._layout.norms[first] in self._layout.words["pointers"]
        return asked and item is self.items[-1] and item.place.sentence == place.sentence - 1

    def _together(self, last: Item, crossed: bool = False) -> list[Item]:
        """The item and those coordinated with it: "rash, fever and cough went away", or "HBV, HCV, HIV neg"."""
        group = [last]
        for item in reversed(self.items[: self.items.index(last)]):
            between = range(item.target.end, group[0].target.start)
            words = [index for index in between if not self._layout.inside[index]]
            if item.answered or not _alike(item, last) or not self._only_join(words):
                break
            crossed = crossed or any(self._parts_items(index) for index in words)
            if not crossed:
                break
            group.insert(0, item)
        return group

    def _parts_items(self, index: int) -> bool:
        """Whether a word stands between the items of a list: "and", or the year of the first."""
        return self._layout.norms[index] in self._layout.words["joins"] or self._is_year(index)

    def _is_year(self, index: int) -> bool:
        return self._layout.doc[index].shape_ == "dddd"

    def _only_join(self, words: Sequence[int]) -> bool:
        """Whether words between two items add nothing: marks, "my", and years ("pleurisy in 2019, mumps in 2021")."""
        layout = self._layout
        light = layout.words["determiners"] | {"in"}
        return all(layout.is_mark(index) or layout.norms[index] in light or self._is_year(index) for index in words)


def _alike(item: Item, other: Item) -> bool:
    """Whether two items of one sentence may stand in one list."""
    kinds = {item.target.kind, other.target.kind}
    return item.place.sentence == other.place.sentence and (len(kinds) == 1 or kinds == _FINDINGS)
