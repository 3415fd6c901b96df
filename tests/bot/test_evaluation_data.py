"""Which row of the report a labelled message counts for."""

from __future__ import annotations

import pytest

from bot.evaluation.data import Question
from bot.importers.conversation import listed_intents


@pytest.mark.parametrize(
    ("topic", "group"),
    [
        ("out_of_scope", "out of scope"),
        ("lupus_cure", "lupus"),
        ("insurance_coverage", "logistics"),
        ("exosomes", "stem cells"),
        *((intent, "conversation") for intent in sorted(listed_intents() - {"out_of_scope", "faq", "nlu_fallback"})),
    ],
)
def test_every_intent_of_the_conversation_counts_as_one(topic: str, group: str) -> None:
    assert Question("text", topic, frozenset({topic}), "").group == group
