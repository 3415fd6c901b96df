"""What surrounds the signs of an emergency: medspaCy's ConText with rules such as data/lexicon/redflags_context.yml."""

from __future__ import annotations

from typing import Any

from medspacy.context import ConText, ConTextRule
from spacy.language import Language
from spacy.tokens import Doc, Span

SPANS = "findings"
# ConText lets a rule end another's scope only where the scopes overlap in part; a rule that modifies
# nothing is therefore kept as narrow as can be.
NEXT_WORD = 1
_NO_SCOPE = ("PSEUDO", "TERMINATE")


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
