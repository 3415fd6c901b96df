"""Negation, experiencer and time of findings, by medspaCy's ConText with rules from data/lexicon/context.yml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from medspacy.context import ConText, ConTextRule
from spacy.language import Language
from spacy.tokens import Doc, Span

from bot.nlu.clinical.text import word_set

SPANS = "findings"
# ConText lets a rule end another's scope only where the scopes overlap in part; a rule that modifies
# nothing is therefore kept as narrow as can be.
NEXT_WORD = 1
_PAST_VERBS = word_set("had was were died took suffered got passed didnt did hadnt wasnt werent")
_PATIENT_WORDS = word_set("i im ive id ill me my myself we our")
_THIRD_PERSON = word_set("he she hes shes they him her his their")
_DOCTORS_VERBS = word_set(
    "prescribed gave give told said say says put diagnosed thinks think thought wants want recommended suggested "
    "started found "
    "ordered advised switched stopped increased lowered took saw checked mentioned offered ran did referred"
)
_PASSIVE = word_set("was were is been got being")
_NO_SCOPE = ("PSEUDO", "TERMINATE")


@dataclass(frozen=True)
class Attributes:
    """What the surroundings say of a finding."""

    negated: bool = False
    experiencer: str = "patient"
    temporality: str = "current"


def attributes_of(
    kind: str, modifiers: Sequence[tuple[str, str]], before: Sequence[str], family_named: bool
) -> Attributes:
    """The attributes that follow from what surrounds a finding.

    in: the kind of finding; the (category, phrase) pairs that reach it, phrases in normal form; the normal
    forms before it in its sentence; whether the message names a relative
    """
    found = [category for category, _ in modifiers]
    people = [category.lower() for category in found if category in ("FAMILY", "OTHER")]
    experiencer = people[-1] if people else _person_of_pronoun(before, family_named)
    temporality = "current"
    if "HYPOTHETICAL" in found:
        temporality = "hypothetical"
    elif "PAST" in found or any(_is_past(kind, category, phrase) for category, phrase in modifiers):
        temporality = "past"
    return Attributes("NEGATED" in found, experiencer, temporality)


def _is_past(kind: str, category: str, phrase: str) -> bool:
    words = _PAST_VERBS.intersection(phrase.split())
    return bool(words) and (category == "FAMILY" or (category == "NEGATED" and kind == "medication"))


def _person_of_pronoun(before: Sequence[str], family_named: bool) -> str:
    """Whose the finding is when only "he" or "she" tells; one who prescribes or says is the doctor, not the patient."""
    for index in range(len(before) - 1, -1, -1):
        if before[index] in _PATIENT_WORDS:
            return "patient"
        if before[index] in _THIRD_PERSON:
            following = before[index + 1 : index + 3]
            tells = not _DOCTORS_VERBS.isdisjoint(following) and _PASSIVE.isdisjoint(following)
            return "patient" if tells else "family" if family_named else "other"
    return "patient"


def _norms(span: Span) -> str:
    return " ".join(token.norm_ for token in span)


class ContextRules:
    """ConText over a group of spans of one document."""

    def __init__(self, nlp: Language, settings: dict[str, Any]) -> None:
        self._context = ConText(
            nlp, rules=None, phrase_matcher_attr="NORM", span_attrs=None, input_span_type="group", span_group_name=SPANS
        )
        terminated_by = {key: set(value) for key, value in settings.get("terminated_by", {}).items()}
        rules = []
        for rule in settings["rules"]:
            category = rule["category"]
            for phrase in rule["phrases"]:
                rules.append(
                    ConTextRule(
                        phrase,
                        category,
                        direction=rule["direction"],
                        max_scope=rule.get("max_scope", NEXT_WORD if rule["direction"] in _NO_SCOPE else None),
                        max_targets=rule.get("max_targets"),
                        allowed_types={name.upper() for name in rule["only"]} if rule.get("only") else None,
                        excluded_types={name.upper() for name in rule["except"]} if rule.get("except") else None,
                        terminated_by=terminated_by.get(category),
                    )
                )
        self._context.add(rules)

    def modifiers(self, doc: Doc, spans: list[Span]) -> list[list[tuple[str, str]]]:
        """For each span the (category, phrase) pairs that reach it, in the order of the text."""
        doc.spans[SPANS] = spans
        self._context(doc)
        found: dict[tuple[int, int], list[tuple[int, str, str]]] = {}
        for target, modifier in doc._.context_graph.edges:
            start, end = modifier.modifier_span
            if target.start <= start and end <= target.end:
                continue
            found.setdefault((target.start, target.end), []).append((start, modifier.category, _norms(doc[start:end])))
        return [
            [(category, phrase) for _, category, phrase in sorted(found.get((span.start, span.end), []))]
            for span in spans
        ]
