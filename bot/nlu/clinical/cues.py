"""Finds the words that say something of a finding: governors, denials, times and people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from spacy.attrs import NORM
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans
from spacy.vocab import Vocab

LONGEST_TITLE = 5  # words between a determiner and a relative: "my two year old daughter"


@dataclass(frozen=True)
class Rule:
    """What a cue says, and how far; docs/lexicon.md names the fields."""

    governor: str | None = None
    polarity: str | None = None
    time: str | None = None
    whose: str | None = None
    relative: str | None = None
    reach: str = "ahead"
    opens: bool = True
    item: bool = False
    onset: bool = False
    flips: bool = False
    heads: bool = False
    clears: bool = False
    under: str | None = None
    only: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    @property
    def says_something(self) -> bool:
        """Whether the rule is more than a phrase kept from being a cue."""
        return any((self.governor, self.polarity, self.time, self.whose, self.flips))

    def allows(self, kind: str) -> bool:
        """Whether the rule says anything of a finding of this kind."""
        return (not self.only or kind in self.only) and kind not in self.excluded


@dataclass(frozen=True)
class Cue:
    """A phrase in the message, in tokens start..end, with the rules it stands for; `clause` begins a new clause."""

    start: int
    end: int
    rules: tuple[Rule, ...]
    clause: bool = False


class CueFinder:
    """The phrases of assertions.yml and the names of relatives over one vocabulary; build it once.

    Takes the shared vocab, what makes a document of a phrase, the content of assertions.yml, and (phrase, relation
    id).
    """

    def __init__(
        self,
        vocab: Vocab,
        make_doc: Callable[[str], Doc],
        settings: dict[str, Any],
        relations: Iterable[tuple[str, str]],
    ) -> None:
        self.words = {name: _forms(make_doc, phrases) for name, phrases in settings["words"].items()}
        self.light = (
            self.words["pointers"]
            | self.words["me"]
            | self.words["copulas"]
            | self.words["trails"]
            | self.words["third"]
        )
        self._bare = frozenset(settings["words"]["bare"])
        self._strangers = frozenset(settings["words"]["strangers"])
        self._matcher = PhraseMatcher(vocab, attr=NORM)
        self._strings = vocab.strings
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self._relations: dict[str, str] = {}
        by_phrase: dict[str, list[Rule]] = {}
        for entry in settings["rules"]:
            rule = _rule(entry)
            for phrase in entry["phrases"]:
                by_phrase.setdefault(_form(make_doc(phrase)), []).extend([rule] if rule.says_something else [])
        for phrase in settings["words"]["clauses"]:
            by_phrase.setdefault(_form(make_doc(phrase)), [])
        self._clauses = self.words["clauses"]
        for phrase, relation in relations:
            self._relations.setdefault(_form(make_doc(phrase)), relation)
        for form in {*by_phrase, *self._relations}:
            self._rules[form] = tuple(by_phrase.get(form, ()))
            self._matcher.add(form, [_plain(make_doc, form)])

    def __call__(self, doc: Doc, taken: list[bool]) -> tuple[dict[int, Cue], Rule | None]:
        """First token -> cue, the longest where they overlap; and a relative whom the message names anywhere.

        Takes the message, and for each token whether it belongs to a finding: a cue within one is none.
        """
        spans = [
            span
            for span in self._matcher(doc, as_spans=True)
            if not all(taken[span.start : span.end]) or any(rule.heads for rule in self._rules[span.label_])
        ]
        named = next(
            (
                cue.rules[0]
                for span in spans
                if (cue := self._person(doc, span.start, span.end, span.label_))
                and doc[cue.start].norm_ not in self.words["third"]
            ),
            None,
        )
        found: dict[int, Cue] = {}
        free = 0  # a relative's cue may be longer than its phrase
        for span in filter_spans(spans):
            cue = self._cue(doc, span.start, span.end, span.label_) if span.start >= free else None
            if cue is not None:
                cue = replace(cue, start=max(cue.start, free))
                found[cue.start], free = cue, cue.end
        return found, named

    def _cue(self, doc: Doc, start: int, end: int, form: str) -> Cue | None:
        rules = self._rules[form]
        if rules or form not in self._relations:
            return Cue(start, end, rules, form in self._clauses)
        return self._person(doc, start, end, form)

    def _person(self, doc: Doc, start: int, end: int, form: str) -> Cue | None:
        """The cue of a named relative; "baby", "kids" and the like are one only after "my", "the" and their kind."""
        relation = self._relations.get(form)
        if relation is None:
            return None
        first = self._title(doc, start)
        if first is None and relation not in self._bare and relation not in self._strangers:
            return None
        start = start if first is None else first
        reach = "ahead"
        if start and doc[start - 1].norm_ in self.words["around"]:
            start, reach = start - 1, "either"
        if end < len(doc) and doc[end].norm_ == "got" and doc[end - 1].lower_.endswith(("'s", "’s")):
            end += 1  # "my mum's got asthma" is not what she got once
        whose = "other" if relation in self._strangers else "family"
        return Cue(start, end, (Rule(whose=whose, relative=relation, reach=reach),))

    def _title(self, doc: Doc, start: int) -> int | None:
        """Where "my elder" before a relative begins."""
        for index in range(start - 1, max(start - 1 - LONGEST_TITLE, doc[start].sent.start - 1), -1):
            if doc[index].norm_ in self.words["determiners"]:
                return index
            if not (doc[index].is_alpha or doc[index].text[0].isalnum()) or doc[index].norm_ in self.words["copulas"]:
                return None
        return None


def _rule(entry: dict[str, Any]) -> Rule:
    values = {name: value for name, value in entry.items() if name not in ("phrases", "only", "except")}
    return Rule(**values, only=frozenset(entry.get("only", ())), excluded=frozenset(entry.get("except", ())))


def _form(doc: Doc) -> str:
    return " ".join(token.norm_ for token in doc)


def _forms(make_doc: Callable[[str], Doc], phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(_form(make_doc(phrase)) for phrase in phrases)


def _plain(make_doc: Callable[[str], Doc], form: str) -> Doc:
    """A document for a form; the form of a form is itself."""
    return make_doc(form)
