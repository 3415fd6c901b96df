"""The bot's rules answer every message that the engine leaves to them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.intake.model.conversation import Conversation, ConversationError
from clinic.intake.model.decisions import Command, Digression
from clinic.intake.model.interview import Interview
from clinic.intake.model.language import Language
from clinic.intake.model.turn import Turn
from clinic.intake.reading.decide import decide
from clinic.intake.reading.intents import ANSWERS, COMMANDS, CORRECTIONS, is_conversation

ROOT = Path(__file__).resolve().parents[4]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LANGUAGE = Language.load(Path(__file__).resolve().parents[4] / "data" / "language" / "en")
CONVERSATION = Conversation.load(Path(__file__).resolve().parents[4] / "data" / "conversation.yml")


def at_question(questionnaire: Any, at: Any, question: str) -> Interview:
    return Interview(questionnaire, at(question), NOW, LANGUAGE, CONVERSATION)


# The bot's safety policy answers these before any form or rule.
ANSWERED_BEFORE = {"emergency", "crisis"}
DIGRESSIONS = {intent for intent in CONVERSATION.answered if is_conversation(CONVERSATION, intent)}
LEFT_TO_THE_RULES = sorted((DIGRESSIONS - ANSWERED_BEFORE) | {"human_handoff", "nlu_fallback"})


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
    meanings = [DIGRESSIONS, set(COMMANDS), set(CORRECTIONS), set(ANSWERS)]
    # Retrieval intents come from the articles.
    intents = {*_all_intents(), "faq"}
    assert set().union(*meanings) == intents
    assert sum(map(len, meanings)) == len(intents), "one meaning each"


@pytest.mark.parametrize(
    ("row", "question", "confidence", "is_digression"),
    [
        ("{in_a_form: utter_parking}", "country", 0.6, True),
        ("{in_a_form: utter_parking, small_talk: true}", "country", 0.6, False),
        ("{in_a_form: utter_parking, small_talk: true}", "country", 0.9, True),
        ("{answered_by: rules}", "country", 0.6, True),
        ("{outside_a_form: utter_parking}", "country", 0.9, False),
        ("{in_a_form: utter_parking}", "allergies", 0.9, False),
        ("{in_a_form: utter_parking, in_free_text: true}", "allergies", 0.9, True),
    ],
)
def test_a_new_intent_with_an_answer_is_a_digression_without_a_line_of_code(
    questionnaire: Any, at: Any, tmp_path: Path, row: str, question: str, confidence: float, is_digression: bool
) -> None:
    table = (ROOT / "data" / "conversation.yml").read_text(encoding="utf-8")
    path = tmp_path / "conversation.yml"
    path.write_text(table.replace("intents:\n", f"intents:\n  parking: {row}\n", 1), encoding="utf-8")
    interview = Interview(questionnaire, at(question), NOW, LANGUAGE, Conversation.load(path))
    decision = decide(interview, Turn("there and the cars", "parking", confidence))
    assert (decision == Digression("parking")) == is_digression


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("{in_a_form: parking}", "does not match"),
        ("{outside_a_form: utter_parking, small_talk: true}", "'in_a_form' is a dependency of 'small_talk'"),
        ("{answered_by: nobody}", "not one of"),
        ("{}", "."),
    ],
)
def test_a_wrong_row_is_told_with_file_and_line(tmp_path: Path, row: str, problem: str) -> None:
    path = tmp_path / "conversation.yml"
    path.write_text(f"forms: [intake_form]\nintents:\n  parking: {row}\n", encoding="utf-8")
    with pytest.raises(ConversationError, match=problem) as caught:
        Conversation.load(path)
    assert str(caught.value).startswith(f"{path}:3: ")


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
