"""Tells a "yes" or "no" that answers from one that denies: "No, it is still there", "kidneys - no", "rash no"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spacy.tokens import Doc

from bot.nlu.clinical.cues import Cue

MARKS = frozenset({",", "/", ";", "(", ")", ":", "-", "–", "—", "=", "|", "•", "*", "→", ">", "\n", "?", "[", "]", '"'})
_ENDS = frozenset({".", "!", "?", ";", "…"})
YES = ("answered_yes", "present")
NO = ("answered_no", "absent")


class Answers:
    """The answers of one document.

    behind: token -> (governor, polarity) of an answer to the finding before it; first: the same of one that answers a
    question and says nothing of the findings after it; ahead: a "yes" said of the next finding ("no fever yes rash");
    places: every word that may be an answer
    """

    def __init__(
        self,
        doc: Doc,
        norms: Sequence[str],
        starts: Mapping[int, Any],
        inside: Sequence[bool],
        cues: Mapping[int, Cue],
        words: Mapping[str, frozenset[str]],
    ) -> None:
        self._doc, self._norms, self._starts, self._inside = doc, norms, starts, inside
        self._cues, self._words = cues, words
        self.behind: dict[int, tuple[str, str]] = {}
        self.ahead: set[int] = set()
        self.first: dict[int, tuple[str, str]] = {}
        self.places = [index for index, norm in enumerate(norms) if self._is_answer(index, norm)]
        if self.places:
            for sentence in doc.sents:
                self._read(sentence.start, sentence.end)

    def is_mark(self, index: int) -> bool:
        """Whether a token parts two items."""
        return self._doc[index].text in MARKS or (
            self._norms[index] in self._words["joins"] and not self._inside[index]
        )

    def _is_answer(self, index: int, norm: str) -> bool:
        if self._inside[index] or (norm not in self._words["yes"] and norm not in self._words["no"]):
            return False
        cue = self._cues.get(index)
        return (
            cue.end == index + 1 if cue else not any(start < index < other.end for start, other in self._cues.items())
        )

    def _read(self, start: int, end: int) -> None:
        here = [index for index in self.places if start <= index < end]
        if not here:
            return
        after = self._come_after(start, end, here)
        for index in here:
            answer = self._kind(index)
            behind = answer in after and self._inside[index - 1]
            if self._follows_item(index, start) and (self._closed(index, end) or behind):
                self.behind[index] = answer
            elif self._leads(index, start, end):
                self.first[index] = answer
            elif answer == YES and index + 1 in self._starts:
                self.ahead.add(index)

    def _kind(self, index: int) -> tuple[str, str]:
        return YES if self._norms[index] in self._words["yes"] else NO

    def _come_after(self, start: int, end: int, here: list[int]) -> set[tuple[str, str]]:
        """Which answers of a sentence stand behind their findings: "rash no fever no tired yes"."""
        first = next((index for index in range(start, end) if not self.is_mark(index)), start)
        behind = [index for index in here if index > start and self._inside[index - 1]]
        sure = {self._kind(index) for index in behind if self._closed(index, end)}
        if first in here:
            return sure - {self._kind(first)}
        if not sure and all(self._kind(index) == NO for index in behind):
            return set()
        return {self._kind(index) for index in behind}

    def _closed(self, index: int, end: int) -> bool:
        """Whether nothing follows that a denial could deny."""
        following = index + 1
        if following >= end or self._doc[following].text in _ENDS or self.is_mark(following):
            return True
        cue = self._cues.get(following)
        return cue is not None and cue.clause

    def _follows_item(self, index: int, start: int) -> bool:
        before = index - 1
        if before >= 0 and index == start:  # "pregnant? no."
            return before > 0 and self._doc[before].text == "?" and self._inside[before - 1]
        steps = 0
        while before >= start and not self._inside[before] and steps < 3:
            if any(cue.start <= before < cue.end for cue in self._cues.values()):
                return False
            before -= 1
            steps += 1
        return before >= start and self._inside[before]

    def _leads(self, index: int, start: int, end: int) -> bool:
        if index > start and not self.is_mark(index - 1) and index - 1 not in self.first:
            return False
        if index + 1 >= end or self._doc[index + 1].text in MARKS | _ENDS:
            return True
        return self._norms[index] not in ("not", "never", "none") and self._norms[index + 1] in self._words["starts"]
