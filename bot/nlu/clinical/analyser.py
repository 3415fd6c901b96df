"""Reads a message with the clinical vocabulary: coded entities with negation, experiencer and time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from spacy.attrs import NORM, ORTH
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span

from bot.nlu.clinical.context import Attributes, ContextRules, attributes_of
from bot.nlu.clinical.grammar import ComplaintGrammar
from bot.nlu.clinical.patterns import Fact, facts_in
from bot.nlu.clinical.spelling import Normaliser
from bot.nlu.clinical.text import build_language, mark_sentences, normal_form, offsets, word_set
from bot.nlu.clinical.vocabulary import Concept, Vocabulary

EXTRACTOR = "ClinicalEntities"
SHORT_ANSWER = 3  # words; "my daughter" answers "for whom?", "knees and hands" answers "where?"
CLINICAL = frozenset({"symptom", "condition", "organ", "medication", "procedure"})
_SPELLING_TARGETS = frozenset(
    {"symptom", "condition", "medication", "procedure", "lupus_type", "country", "organ", "therapy"}
)
_ORDER = "therapy lupus_type medication condition symptom procedure country relationship organ"
_RANK = {kind: rank for rank, kind in enumerate(_ORDER.split())}
_ARTICLES = word_set("a an the my some")
_FOR_SOMEBODY = re.compile(
    r"(?:\b(?:for|about|on behalf of|behalf of|regarding|it is|its|it's|is)\s+(?:my|our|a|his|her)\s+"
    r"(?:\w+[\s-]+){0,3})$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """A concept in the message, in tokens start..end."""

    start: int
    end: int
    concept: Concept
    negated: bool = False


class ClinicalAnalyser:
    """The spaCy pipeline over one compiled vocabulary; build it once, call `entities(text)` for each message."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._normalise = Normaliser(
            vocabulary.ordinary_words + _context_words(vocabulary), _clinical_words(vocabulary), vocabulary.respellings
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
        by_id = {(concept.type, concept.id): concept for concept in reversed(vocabulary.concepts)}
        self._grammar = ComplaintGrammar(
            PhraseMatcher(self.nlp.vocab, attr=NORM), make_doc, vocabulary.parts, vocabulary.complaints, by_id
        )
        self._context = ContextRules(self.nlp, vocabulary.context)

    def read(self, text: str) -> Doc:
        """The message as a spaCy document with sentences; NORM holds the normal forms."""
        return mark_sentences(self.nlp.tokenizer(text))

    def findings(self, doc: Doc) -> list[Finding]:
        """The concepts of a document, the longest where they overlap, in the order of the text.

        An organ named inside a complaint ("fluid in my lungs") is a finding of its own.
        """
        found: list[tuple[int, int, Finding]] = []
        for matcher in (self._phrases, self._acronyms):
            for key, start, end in matcher(doc):
                concept = self._concepts[int(self.nlp.vocab.strings[key])]
                while end - start > 1 and doc[start].norm_ in _ARTICLES:
                    start += 1
                found.append((start - end, _RANK[concept.type], Finding(start, end, concept)))
        organs: dict[tuple[int, int], Finding] = {}
        for complaint in self._grammar(doc):
            finding = Finding(complaint.start, complaint.end, complaint.concept, complaint.negated)
            found.append((complaint.start - complaint.end, _RANK[complaint.concept.type], finding))
            if complaint.organ:
                organs[complaint.start, complaint.end] = Finding(*complaint.organ_place, complaint.organ)
        taken = [False] * len(doc)
        chosen: list[Finding] = []
        for _, _, finding in sorted(found, key=lambda item: (item[0], item[1], item[2].start)):
            if not any(taken[finding.start : finding.end]):
                taken[finding.start : finding.end] = [True] * (finding.end - finding.start)
                chosen.append(finding)
        named = [organs[place] for finding in chosen if (place := (finding.start, finding.end)) in organs]
        return sorted(chosen + named, key=lambda finding: finding.start)

    def attributes(self, doc: Doc, findings: list[Finding]) -> list[Attributes]:
        """Negation, experiencer and time for each finding."""
        spans = [Span(doc, finding.start, finding.end, label=finding.concept.type) for finding in findings]
        if not spans:
            return []
        family_named = any(finding.concept.type == "relationship" for finding in findings)
        result = []
        for finding, modifiers in zip(findings, self._context.modifiers(doc, spans), strict=True):
            before = [token.norm_ for token in doc[doc[finding.start].sent.start : finding.start]]
            attributes = attributes_of(finding.concept.type, modifiers, before, family_named)
            if (
                finding.concept.type == "procedure"
                and not finding.concept.lasting
                and attributes.temporality == "current"
            ):
                attributes = replace(attributes, temporality="past")
            result.append(replace(attributes, negated=attributes.negated or finding.negated))
        return result

    def entities(self, text: str) -> list[dict[str, Any]]:
        """Entity dictionaries as Rasa carries them, in the order of the text."""
        doc = self.read(text)
        findings = self.findings(doc)
        result = []
        for finding, attributes in zip(findings, self.attributes(doc, findings), strict=True):
            start, end = offsets(doc, finding.start, finding.end)
            concept = finding.concept
            if concept.vague and len(doc) > SHORT_ANSWER:
                continue
            if concept.type == "relationship" and len(doc) > SHORT_ANSWER and not _FOR_SOMEBODY.search(text[:start]):
                continue
            result.append(_entity(concept.type, text, start, end, concept.id, concept.label, concept.code, attributes))
        for fact in facts_in(text):
            if (
                all(fact.end <= other["start"] or fact.start >= other["end"] for other in result)
                or fact.type == "email"
            ):
                result.append(_fact_entity(fact, text))
        return sorted(result, key=lambda entity: entity["start"])


def _fact_entity(fact: Fact, text: str) -> dict[str, Any]:
    return _entity(fact.type, text, fact.start, fact.end, fact.value, str(fact.value), None, Attributes())


def _entity(
    kind: str, text: str, start: int, end: int, value: Any, label: str, code: dict[str, str] | None, about: Attributes
) -> dict[str, Any]:
    return {
        "entity": kind, "start": start, "end": end, "value": value, "text": text[start:end], "label": label,
        "code": code, "negated": about.negated, "experiencer": about.experiencer, "temporality": about.temporality,
        "extractor": EXTRACTOR,
    }  # fmt: skip


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


def _context_words(vocabulary: Vocabulary) -> list[str]:
    return [word for rule in vocabulary.context["rules"] for phrase in rule["phrases"] for word in phrase.split()]
