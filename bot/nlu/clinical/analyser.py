"""Reads a message with the clinical vocabulary: coded entities, and what is said of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from spacy.attrs import NORM, ORTH
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu.clinical.cues import CueFinder
from bot.nlu.clinical.grammar import ComplaintGrammar
from bot.nlu.clinical.message import Finding, ReadMessage, read_message
from bot.nlu.clinical.reading import Reader
from bot.nlu.clinical.spelling import Normaliser
from bot.nlu.clinical.text import build_language, mark_sentences, normal_form, word_set
from bot.nlu.clinical.vocabulary import Vocabulary

CLINICAL = frozenset({"symptom", "condition", "organ", "medication", "procedure"})
_SPELLING_TARGETS = frozenset(
    {"symptom", "condition", "medication", "procedure", "lupus_type", "country", "organ", "therapy"}
)
_ORDER = "therapy lupus_type medication condition symptom procedure country relationship organ"
_RANK = {kind: rank for rank, kind in enumerate(_ORDER.split())}
_ARTICLES = word_set("a an the my some")


@dataclass(frozen=True)
class _Nothing:
    """Words in tokens start..end that look like a finding and are none."""

    start: int
    end: int


class ClinicalAnalyser:
    """The spaCy pipeline over one compiled vocabulary; build it once, call `entities(text)` for each message."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._normalise = Normaliser(
            vocabulary.ordinary_words + _cue_words(vocabulary), _clinical_words(vocabulary), vocabulary.respellings
        )
        self.nlp = build_language(self._normalise)
        make_doc = self.nlp.tokenizer
        self._concepts = vocabulary.concepts
        self._phrases = PhraseMatcher(self.nlp.vocab, attr=NORM)
        self._acronyms = PhraseMatcher(self.nlp.vocab, attr=ORTH)
        for matcher, names in ((self._phrases, vocabulary.phrases), (self._acronyms, vocabulary.acronyms)):
            grouped: dict[int, list[Doc]] = {}
            for phrase, index in names:
                grouped.setdefault(index, []).append(make_doc(phrase))
            for index, docs in grouped.items():
                matcher.add(str(index), docs)
        self._none = PhraseMatcher(self.nlp.vocab, attr=NORM)
        self._none.add("none", [make_doc(phrase) for phrase in vocabulary.assertions["not_findings"]])
        by_id = {(concept.type, concept.id): concept for concept in reversed(vocabulary.concepts)}
        self._grammar = ComplaintGrammar(
            PhraseMatcher(self.nlp.vocab, attr=NORM), make_doc, vocabulary.parts, vocabulary.complaints, by_id
        )
        relations = [
            (phrase, concept.id)
            for phrase, index in vocabulary.phrases
            if (concept := vocabulary.concepts[index]).type == "relationship" and concept.id != "patient"
        ]
        self._reader = Reader(CueFinder(self.nlp.vocab, make_doc, vocabulary.assertions, relations))

    def read(self, text: str) -> Doc:
        """The message as a spaCy document with sentences; NORM holds the normal forms."""
        return mark_sentences(self.nlp.tokenizer(text))

    def findings(self, doc: Doc) -> list[Finding]:
        """The concepts of a document, the longest where they overlap, in the order of the text.

        An organ named inside a complaint ("fluid in my lungs") is a finding of its own.
        """
        found: list[tuple[int, int, Finding | _Nothing]] = [
            (start - end, -1, _Nothing(start, end)) for _, start, end in self._none(doc)
        ]
        for matcher in (self._phrases, self._acronyms):
            for key, start, end in matcher(doc):
                concept = self._concepts[int(self.nlp.vocab.strings[key])]
                while end - start > 1 and doc[start].norm_ in _ARTICLES:
                    start += 1
                found.append((start - end, _RANK[concept.type], Finding(start, end, concept)))
        organs: dict[tuple[int, int], Finding] = {}
        named = [(finding.start, finding.end) for _, _, finding in found]
        for complaint in self._grammar(doc):
            # "joint pain in both hands" is joint pain.
            if any(start < complaint.start < end <= complaint.end for start, end in named):
                continue
            finding = Finding(complaint.start, complaint.end, complaint.concept, complaint.negated)
            found.append((complaint.start - complaint.end, _RANK[complaint.concept.type], finding))
            if complaint.organ:
                organs[complaint.start, complaint.end] = Finding(*complaint.organ_place, complaint.organ)
        chosen = _longest(found, len(doc))
        inner = [organs[place] for finding in chosen if (place := (finding.start, finding.end)) in organs]
        return sorted(chosen + inner, key=lambda finding: finding.start)

    def entities(self, text: str) -> list[dict[str, Any]]:
        """Entity dictionaries as Rasa carries them, in the order of the text."""
        return self.message(text).entities

    def message(self, text: str) -> ReadMessage:
        """The entities of a message, each with what is said of it, and everything the message asserts."""
        doc = self.read(text)
        findings = self.findings(doc)
        return read_message(text, doc, findings, self._reader)


def _longest(found: list[tuple[int, int, Finding | _Nothing]], length: int) -> list[Finding]:
    """The findings that stay where some overlap, the longest of each heap.

    Takes rows (minus the number of tokens, the rank of its type, the words), and the number of tokens of the
    document.
    """
    taken = [False] * length
    chosen: list[Finding] = []
    for _, _, words in sorted(found, key=lambda item: (item[0], item[1], item[2].start)):
        if not any(taken[words.start : words.end]):
            taken[words.start : words.end] = [True] * (words.end - words.start)
            if isinstance(words, Finding):
                chosen.append(words)
    return chosen


def _clinical_words(vocabulary: Vocabulary) -> set[str]:
    """Normal forms of the words a misspelling may be put right to."""
    words: set[str] = set()
    for phrase, index in vocabulary.phrases:
        if vocabulary.concepts[index].type in _SPELLING_TARGETS:
            words.update(normal_form(word) for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", phrase))
    for part in vocabulary.parts:
        words.update(normal_form(word) for phrase in part["words"] for word in phrase.split())
    for complaint in vocabulary.complaints:
        for kind in ("nouns", "adjectives", "verbs"):
            words.update(normal_form(word) for phrase in complaint.get(kind, ()) for word in phrase.split())
    return words


def _cue_words(vocabulary: Vocabulary) -> list[str]:
    cues = [rule["phrases"] for rule in vocabulary.assertions["rules"]] + list(vocabulary.assertions["words"].values())
    return [word for phrases in cues for phrase in phrases for word in phrase.split()]
