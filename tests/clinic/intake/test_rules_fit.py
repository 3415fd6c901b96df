"""The bot's rules answer every message that the engine leaves to them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.intake.decision import CONVERSATION, decide
from clinic.intake.decisions import Digression
from clinic.intake.turn import Turn

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 21)
# The bot's safety policy answers these before any form or rule.
ANSWERED_BEFORE = {"emergency", "crisis"}
LEFT_TO_THE_RULES = sorted((CONVERSATION - ANSWERED_BEFORE) | {"human_handoff", "nlu_fallback"})


@pytest.fixture(scope="module")
def ruled() -> set[str]:
    """The intents that have a rule while `intake_form` is active."""
    rules = yaml.safe_load((ROOT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    inside = [rule for rule in rules if {"active_loop": "intake_form"} in rule.get("condition", [])]
    return {step["intent"] for rule in inside for step in rule["steps"] if "intent" in step}


@pytest.mark.parametrize("intent", LEFT_TO_THE_RULES)
def test_a_digression_has_a_rule(ruled: set[str], intent: str) -> None:
    assert intent in ruled


def _all_intents() -> list[str]:
    domain: Any = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return sorted(name if isinstance(name, str) else next(iter(name)) for name in domain["intents"])


@pytest.mark.parametrize("intent", _all_intents())
@pytest.mark.parametrize("question", ["consent_privacy", "full_name", "country", "symptoms", "allergies", "review"])
@pytest.mark.parametrize("text", ["what happens with my request?", "erase my data", "hello there you", "MR-P5HY-N2RT"])
def test_no_intent_without_a_rule_is_left_to_the_rules(
    questionnaire: Any, at: Any, ruled: set[str], text: str, question: str, intent: str
) -> None:
    decision = decide(questionnaire, at(question), Turn(text, intent, 0.95, "faq", 0.95), TODAY)
    if isinstance(decision, Digression) and intent not in ANSWERED_BEFORE:
        assert intent in ruled
