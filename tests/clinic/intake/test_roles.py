"""The engine knows questions by their roles: they may be called anything."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.intake.engine import IntakeEngine
from clinic.intake.model.questionnaire import Questionnaire
from clinic.intake.model.turn import Turn

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RENAMED = {
    "country": "residence",
    "for_whom": "patient_is",
    "date_of_birth": "born_on",
    "consent_privacy": "may_keep",
    "consent_contact": "may_contact",
    "more_details": "goes_on",
}


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory, language: Any, conversation: Any) -> IntakeEngine:
    """The engine over a copy of the questionnaire in which every question with a role has another id."""
    text = (ROOT / "data" / "intake.yml").read_text(encoding="utf-8")
    for old, new in RENAMED.items():
        for before, after in (("- id: ", "\n"), ("question: ", ","), ("not_before: ", "}")):
            text = text.replace(f"{before}{old}{after}", f"{before}{new}{after}")
    path = tmp_path_factory.mktemp("content") / "intake.yml"
    path.write_text(text, encoding="utf-8")
    return IntakeEngine(
        Questionnaire.load(path),
        now=lambda: NOW,
        language=language,
        conversation=conversation,
        number=lambda country: f"the number of {country}",
    )


CHAT = [
    ("may_keep", "yes"),
    ("patient_is", "for me"),
    ("full_name", "Ana Ruiz"),
    ("born_on", "5 March 2012"),
    ("patient_is", "yes"),
    ("relationship", "my daughter"),
    ("full_name", "keep"),
    ("residence", "Mexico"),
    ("preferred_contact", "phone"),
    ("phone", "55 1234 5678"),
    ("diagnosis_status", "sorry, I live in Spain"),
    ("diagnosis_status", "not diagnosed"),
    ("therapy_interest", "not sure"),
    ("timeframe", "later"),
    ("may_contact", "yes"),
    ("goes_on", "yes"),
    ("sex", "female"),
    ("symptoms", "send what I have"),
]


def test_a_conversation_goes_the_same_way_whatever_the_questions_are_called(renamed: IntakeEngine) -> None:
    state = renamed.begin(None).state
    said: list[str] = []
    for question, text in CHAT:
        assert state.open_question == question, (text, state.open_question)
        outcome = renamed.take(state, Turn(text))
        state, said = outcome.state, [*said, *(message.text for message in outcome.messages)]
    answers = dict(state.answers)
    assert (answers["patient_is"], answers["born_on"], answers["residence"]) == ("someone_else", "2012-03-05", "ES")
    assert answers["phone"] == "+525512345678", "read with the code of the country"
    assert state.consents["may_keep"]["answer"] == "yes"
    assert (answers["goes_on"], state.open_question) == ("no", "review")
    assert any("Country of residence" in text and "Spain" in text for text in said)


def test_the_number_to_call_is_that_of_the_residence(renamed: IntakeEngine) -> None:
    state = renamed.begin(None).state.with_changes(
        answers={"may_keep": "yes", "patient_is": "self", "residence": "MX"}, open_question="symptoms"
    )
    turn = Turn("fatigue", quieted=({"rule": "seizure", "kind": "emergency", "why": "past"},))
    assert "the number of MX" in renamed.take(state, turn).messages[-1].text


def test_contact_refused_is_asked_once_more_and_then_nothing_is_sent(renamed: IntakeEngine) -> None:
    state = renamed.begin(None).state.with_changes(
        answers={"may_keep": "yes", "patient_is": "self"}, open_question="may_contact"
    )
    refused = renamed.take(state, Turn("no")).state
    assert refused.control()["pending"] == {"type": "no_contact"}
    assert renamed.take(refused, Turn("change")).state.open_question == "may_contact"
    assert renamed.take(refused, Turn("finish")).status == "declined"


def words(folder: str) -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value


@pytest.mark.parametrize("folder", ["clinic/intake", "actions"])
def test_no_question_is_known_by_its_id(questionnaire: Questionnaire, folder: str) -> None:
    schema = json.loads((ROOT / "data" / "schemas" / "intake.schema.json").read_text(encoding="utf-8"))
    properties: dict[str, Any] = schema["$defs"]["question"]["properties"]
    # Words that the schema itself has for kinds, formats and findings.
    other = {*properties["format"]["enum"], *properties["prefill_from"]["items"]["enum"], *properties, "phone", "email"}
    ids = {question.id for question in questionnaire.questions} - other
    assert [(path.relative_to(ROOT), word) for path, word in words(folder) if word in ids] == []
    assert {"for_whom", "date_of_birth", "consent_contact"} <= ids
