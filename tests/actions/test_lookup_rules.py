"""The bot's rules answer every message that the look-up leaves to them."""

from __future__ import annotations

import pytest
import yaml

from actions.lookup import DIGRESSIONS, FORM
from tests.actions.conftest import ROOT


@pytest.fixture(scope="module")
def ruled():
    """The intents that have a rule while the look-up is active, each with the actions that answer it."""
    rules = yaml.safe_load((ROOT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    inside = [rule["steps"] for rule in rules if {"active_loop": FORM} in rule.get("condition", [])]
    return {
        step["intent"]: [other["action"] for other in steps if "action" in other]
        for steps in inside
        for step in steps
        if "intent" in step
    }


@pytest.mark.parametrize("intent", sorted(DIGRESSIONS))
def test_a_digression_is_answered_and_the_look_up_goes_on(ruled, intent):
    assert intent in ruled
    assert ruled[intent][-1] == FORM
    assert len(ruled[intent]) > 1


def test_a_message_that_is_not_understood_is_a_failed_answer_and_never_left_to_the_rules():
    assert "nlu_fallback" not in DIGRESSIONS
