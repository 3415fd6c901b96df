"""The bot's rules answer every message that the look-up leaves to them."""

from __future__ import annotations

import pytest
import yaml

from actions.lookup import DIGRESSIONS, FORM
from tests.actions.conftest import ROOT


@pytest.fixture(scope="module")
def table():
    """What answers each intent; the bot makes a rule of each answer, which goes on with the form."""
    return yaml.safe_load((ROOT / "data" / "conversation.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("intent", sorted(DIGRESSIONS))
def test_a_digression_is_answered_and_the_look_up_goes_on(table, intent):
    assert FORM in table["forms"]
    assert "in_a_form" in table["intents"][intent]


def test_a_message_that_is_not_understood_is_a_failed_answer_and_never_left_to_the_rules():
    assert "nlu_fallback" not in DIGRESSIONS
