"""The layout of one message: which tokens are findings, cues, answers, marks between items, or left over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spacy.tokens import Doc

from bot.nlu.clinical.answers import MARKS, Answers
from bot.nlu.clinical.cues import CueFinder
from bot.nlu.clinical.frames import Target

_CLOSING = frozenset({".", "!", "?", ";", "…"})


class Layout:
    """What stands where in a document.

    starts: token -> the longest target that begins there; cues: token -> the cue that begins there; inside: which
    tokens belong to a target, covered: to a target or a cue
    """

    def __init__(self, doc: Doc, targets: Sequence[Target], finder: CueFinder) -> None:
        self.doc = doc
        self.norms = [token.norm_ for token in doc]
        self.words = finder.words
        self.light = finder.light
        self._barriers = self.words["me"] | self.words["begins"]
        self.inside = [False] * len(doc)
        self.starts: dict[int, Target] = {}
        for target in targets:
            self.inside[target.start : target.end] = [True] * (target.end - target.start)
            if target.start not in self.starts or target.end > self.starts[target.start].end:
                self.starts[target.start] = target
        self.cues, self.named = finder(doc, self.inside)
        self.covered = list(self.inside)
        for cue in self.cues.values():
            self.covered[cue.start : cue.end] = [True] * (cue.end - cue.start)
        self.answers = Answers(doc, self.norms, self.starts, self.inside, self.cues, finder.words)

    def is_mark(self, index: int) -> bool:
        """Whether a token parts two items."""
        return self.answers.is_mark(index)

    def is_dash(self, index: int) -> bool:
        """A hyphen that hangs on to its word but parts it from the next: "kidneys- no"."""
        text = self.doc[index].text
        places = self.doc.user_data["places"]
        hangs = text.endswith("-") and len(text) > 1 and index + 1 < len(places)
        return hangs and places[index][1] < places[index + 1][0]

    def is_clause(self, index: int) -> bool:
        """Whether a word that begins a clause stands there."""
        cue = self.cues.get(index)
        return cue is not None and cue.clause and not cue.rules

    def is_edge(self, index: int) -> bool:
        """Whether an item ends there."""
        text = self.doc[index].text
        if text in MARKS or text in _CLOSING or self.is_dash(index):
            return True
        return self.norms[index] in self.words["joins"] or self.is_clause(index)

    def ahead(self, index: int) -> Target | None:
        """The next target of the same segment."""
        while index < len(self.doc) and not self.doc[index].is_sent_start:
            if index in self.starts:
                return self.starts[index]
            if index in self.cues and not self.is_clause(index):
                index = self.cues[index].end
                continue
            if index in self.cues or self.is_mark(index) or self.norms[index] in self._barriers:
                return None
            index += 1
        return None

    def begins_something_new(self, target: Target) -> bool:
        """ "no cough, my knees hurt": not the next of a list."""
        first = target.start
        while first > 0 and not self.is_mark(first - 1) and not self.doc[first].is_sent_start:
            first -= 1
        if self.norms[first] in self.words["news"]:
            return True
        return target.end < len(self.doc) and self.norms[target.end] in self.words["copulas"]

    def stands_alone(self, start: int, end: int) -> bool:
        """Whether tokens start..end stand between two marks: "breast cancer (my aunt)"."""
        before = start > 0 and (self.doc[start - 1].text in MARKS or self.is_dash(start - 1))
        return before and (end == len(self.doc) or self.is_mark(end) or self.doc[end].text in _CLOSING)

    def spare(self) -> list[Target]:
        """The words of each segment that holds no target, without cues and words that say nothing."""
        found = []
        for start, end in self._segments():
            words = [index for index in range(start, end) if self._says_something(index)]
            if words and not any(self.inside[start:end]) and any(self.doc[index].is_alpha for index in words):
                found.append(Target(words[0], words[-1] + 1, "words"))
        return found

    def _says_something(self, index: int) -> bool:
        return not self.covered[index] and self.norms[index] not in self.light and index not in self.answers.places

    def _segments(self) -> Iterator[tuple[int, int]]:
        start = 0
        for index in range(len(self.doc)):
            if self.is_edge(index):
                yield start, index
                start = index + 1
            elif self.doc[index].is_sent_start:
                yield start, index
                start = index
        yield start, len(self.doc)
