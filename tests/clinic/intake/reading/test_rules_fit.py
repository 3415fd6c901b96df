"""The bot's rules answer every message that the engine leaves to them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.intake.model.decisions import Command, Digression
from clinic.intake.model.interview import Interview
from clinic.intake.model.language import Language
from clinic.intake.model.turn import Turn
from clinic.intake.reading.decide import decide
from clinic.intake.reading.intents import ANSWERS, COMMANDS, CONVERSATION, CORRECTIONS

ROOT = Path(__file__).resolve().parents[4]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LANGUAGE = Language.load(Path(__file__).resolve().parents[4] / "data" / "language" / "en")


def at_question(questionnaire: Any, at: Any, question: str) -> Interview:
    return Interview(questionnaire, at(question), NOW, LANGUAGE)


# The bot's safety policy answers these before any form or rule.
ANSWERED_BEFORE = {"emergency", "crisis"}
LEFT_TO_THE_RULES = sorted((CONVERSATION - ANSWERED_BEFORE) | {"human_handoff", "nlu_fallback"})


@pytest.fixture(scope="module")
def ruled() -> set[str]:
    """The intents that have a rule while `intake_form` is active."""
    rules = yaml.safe_load((ROOT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    inside = [rule for rule in rules if {"active_loop": "intake_form"} in rule.get("condition", [])]
    table = yaml.safe_load((ROOT / "data" / "conversation.yml").read_text(encoding="utf-8"))
    assert "intake_form" in table["forms"]
    return {
        *(step["intent"] for rule in inside for step in rule["steps"] if "intent" in step),
        *(intent for intent, row in table["intents"].items() if "in_a_form" in row),
    }


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
    decision = decide(at_question(questionnaire, at, question), Turn(text, intent, 0.95, "faq", 0.95))
    if isinstance(decision, Digression) and intent not in ANSWERED_BEFORE:
        assert intent in ruled


def test_every_intent_means_something_in_the_intake() -> None:
    meanings = [set(CONVERSATION), set(COMMANDS), set(CORRECTIONS), set(ANSWERS)]
    # Retrieval intents come from the articles.
    intents = {*_all_intents(), "faq"}
    assert set().union(*meanings) == intents
    assert sum(map(len, meanings)) == len(intents), "one meaning each"


@pytest.mark.parametrize("question", ["country", "allergies", "other_conditions", "question_for_doctor", "symptoms"])
@pytest.mark.parametrize(
    ("text", "intent", "command"),
    [
        ("would you show me the one that came before", "go_back", "back"),
        ("I should like to see my former question", "go_back", "back"),
        ("tell me the purpose of that", "ask_why", "why"),
        ("could we take it up where it stopped", "resume_intake", "resume"),
    ],
)
def test_a_way_through_the_questions_is_obeyed_and_never_stored(
    questionnaire: Any, at: Any, text: str, intent: str, command: str, question: str
) -> None:
    decision = decide(at_question(questionnaire, at, question), Turn(text, intent, 0.95))
    if (question, intent) == ("question_for_doctor", "ask_why"):
        assert not isinstance(decision, Command), "there it may be the question"
        return
    assert decision == Command(command)  # type: ignore[arg-type]
    # Less sure, it is what the question asks for.
    assert not isinstance(decide(at_question(questionnaire, at, question), Turn(text, intent, 0.6)), Command)
