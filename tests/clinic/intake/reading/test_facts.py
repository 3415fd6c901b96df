"""What is understood from other messages, and above all what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.intake.model.conversation import Conversation
from clinic.intake.model.interview import Interview
from clinic.intake.model.language import Language
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.reading.facts import facts_of, statements
from tests.readings import entities_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LANGUAGE = Language.load(Path(__file__).resolve().parents[4] / "data" / "language" / "en")
CONVERSATION = Conversation.load(Path(__file__).resolve().parents[4] / "data" / "conversation.yml")
HCQ = [{"code": "hydroxychloroquine", "text": "Plaquenil"}]
MTX = [{"code": "methotrexate", "text": "methotrexate"}]
LONG = "I'm Ana Ruiz, 34, in Mexico, SLE since 2015, on Plaquenil, no kidney problems"

ROWS: list[tuple[str, list[tuple[Any, ...]], dict[str, Any]]] = [
    ("I take Plaquenil", [("Plaquenil", "medication", "hydroxychloroquine")], {"current_medications": HCQ}),
    ("I stopped Plaquenil in May", [("Plaquenil", "medication", "hydroxychloroquine")],
    {"past_treatments": HCQ}),
    ("I used to take methotrexate but stopped it in 2019, now I am on Plaquenil",
    [("methotrexate", "medication", "methotrexate"), ("Plaquenil", "medication", "hydroxychloroquine")],
    {"past_treatments": MTX, "current_medications": HCQ}),
    ("I had methotrexate, but my doctor stopped it, and I take Plaquenil",
    [("methotrexate", "medication", "methotrexate"), ("Plaquenil", "medication", "hydroxychloroquine")],
    {"past_treatments": MTX, "current_medications": HCQ}),
    ("I took methotrexate and Plaquenil",
    [("methotrexate", "medication", "methotrexate"), ("Plaquenil", "medication", "hydroxychloroquine")],
    {"past_treatments": [*MTX, *HCQ]}),
    ("I am on Plaquenil, it took a year to help", [("Plaquenil", "medication", "hydroxychloroquine")],
    {"current_medications": HCQ}),
    ("I was on Plaquenil", [("Plaquenil", "medication", "hydroxychloroquine", {"temporality": "past"})],
    {"past_treatments": HCQ}),
    ("my mother takes Plaquenil", [("Plaquenil", "medication", "hydroxychloroquine",
    {"experiencer": "family"})], {}),
    ("my mother takes Plaquenil", [("Plaquenil", "medication", "hydroxychloroquine")], {}),
    ("I don't take Plaquenil", [("Plaquenil", "medication", "hydroxychloroquine", {"negated": True})], {}),
    ("if I took Plaquenil", [("Plaquenil", "medication", "hydroxychloroquine")], {}),
    ("my doctor suggested Plaquenil", [("Plaquenil", "medication", "hydroxychloroquine",
    {"temporality": "hypothetical"})], {}),
    ("my doctor wants to put me on Plaquenil, is it safe?", [("Plaquenil", "medication", "hydroxychloroquine")], {}),
    ("I was offered Plaquenil - is it safe?", [("Plaquenil", "medication", "hydroxychloroquine")], {}),
    ("is Plaquenil safe for me?", [("Plaquenil", "medication", "hydroxychloroquine")], {}),
    ("what is my Plaquenil for", [("Plaquenil", "medication", "hydroxychloroquine")], {}),
    ("I take Plaquenil, is that a problem?", [("Plaquenil", "medication", "hydroxychloroquine")],
    {"current_medications": HCQ}),
    ("I take Plaquenil. Is it safe?", [("Plaquenil", "medication", "hydroxychloroquine")],
    {"current_medications": HCQ}),
    ("Plaquenil, the usual drug", [("Plaquenil", "medication", "hydroxychloroquine")], {}),
    ("I have joint pain", [("joint pain", "symptom", "joint_pain")], {"symptoms": [{"code": "joint_pain",
    "text": "joint pain"}]}),
    ("I have no chest pain", [("chest pain", "symptom", "chest_pain", {"negated": True})], {}),
    ("I used to have a rash", [("rash", "symptom", "rash", {"temporality": "past"})], {}),
    ("my mother has lupus nephritis", [("lupus nephritis", "organ", "kidneys", {"experiencer": "family"})],
    {}),
    ("I have kidney problems", [("kidney", "organ", "kidneys")], {"organ_involvement": ["kidneys"]}),
    ("my kidneys are fine", [("kidneys", "organ", "kidneys")], {}),
    ("I have no kidney problems", [("kidney", "organ", "kidneys", {"negated": True})], {}),
    ("I live in Mexico", [("Mexico", "country", "MX")], {"country": "MX"}),
    ("I live in Peru and would like to travel to Panama for the treatment",
    [("Peru", "country", "PE"), ("Panama", "country", "PA")], {"country": "PE"}),
    ("I would like to travel to Panama and I live in Peru",
    [("Panama", "country", "PA"), ("Peru", "country", "PE")], {"country": "PE"}),
    ("I want to travel and have the treatment in Mexico", [("Mexico", "country", "MX")], {}),
    ("I'm from Mexico", [("Mexico", "country", "MX")], {"country": "MX"}),
    ("I want treatment in Mexico", [("Mexico", "country", "MX")], {}),
    ("I would like to travel to Mexico", [("Mexico", "country", "MX")], {}),
    ("I was born on 5 March 1985", [("5 March 1985", "date", "1985-03-05")], {"date_of_birth": "1985-03-05"}),
    ("my biopsy was on 5 March 2019", [("5 March 2019", "date", "2019-03-05")], {}),
    ("I was diagnosed in 2015", [("2015", "year", 2015)], {"diagnosis_year": 2015}),
    ("I was born in 1985", [("1985", "year", 1985)], {}),
    ("I have SLE", [("SLE", "lupus_type", "sle")], {"lupus_type": "sle"}),
    ("my email is ana@example.org", [("ana@example.org", "email", "ana@example.org")],
    {"email": "ana@example.org"}),
    ("my email is ana@gmial.com", [("ana@gmial.com", "email", "ana@gmial.com")], {}),
    ("my number is +52 55 1234 5678", [("+52 55 1234 5678", "phone", "+52 55 1234 5678")],
    {"phone": "+525512345678"}),
    ("my number is 55 1234 5678", [("55 1234 5678", "phone", "55 1234 5678")], {}),
    ("I'm a woman with lupus", [("woman", "sex", "female")], {"sex": "female"}),
    ("my sister is a woman with lupus", [("woman", "sex", "female")], {}),
    ("I am interested in MSC", [("MSC", "therapy", "msc")], {}),
    ("I want a consultation for my daughter", [], {"for_whom": "someone_else", "relationship": "child"}),
    ("what can you do for my daughter?", [], {}),
    (
        LONG,
        [
            ("Ana Ruiz", "person_name", "Ana Ruiz"),
            ("34", "age", 34),
            ("Mexico", "country", "MX"),
            ("SLE", "lupus_type", "sle"),
            ("2015", "year", 2015),
            ("Plaquenil", "medication", "hydroxychloroquine"),
            ("kidney", "organ", "kidneys", {"negated": True}),
        ],
        {"full_name": "Ana Ruiz", "country": "MX", "lupus_type": "sle", "diagnosis_year": 2015,
        "current_medications": HCQ},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found", "facts"), ROWS)
def test_facts_of_a_message(
    questionnaire: Any, mention: Any, text: str, found: list[tuple[Any, ...]], facts: dict[str, Any]
) -> None:
    entities = tuple(
        mention(text, span, kind, value, **(more[0] if more else {})) for span, kind, value, *more in found
    )
    turn = Turn(text, "nlu_fallback", 0.3, entities=entities_of(text) or entities)
    assert facts_of(Interview(questionnaire, IntakeState(), NOW, LANGUAGE, CONVERSATION), turn) == facts


def test_a_caregivers_own_drugs_are_not_the_patients(questionnaire: Any, mention: Any) -> None:
    answers = {"for_whom": "someone_else"}
    own, hers = "I take Plaquenil", "she takes Plaquenil"
    drug = ("Plaquenil", "medication", "hydroxychloroquine")
    interview = Interview(questionnaire, IntakeState(answers=answers), NOW, LANGUAGE, CONVERSATION)
    assert facts_of(interview, Turn(own, entities=(mention(own, *drug),))) == {}
    facts = facts_of(interview, Turn(hers, entities=(mention(hers, *drug, experiencer="other"),)))
    assert facts == {"current_medications": HCQ}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("I have lupus. What is AHSCT?", ["I have lupus."]),
        ("What is AHSCT?", []),
        ("I have lupus and take Plaquenil, can I still get MSC?", ["I have lupus and take Plaquenil"]),
        ("I'm Ana, 34, on Plaquenil - is it contagious?", ["I'm Ana, 34, on Plaquenil"]),
        ("Can I travel, now that I take Plaquenil?", []),
        ("She is 8 and takes Plaquenil - is it safe?", ["She is 8 and takes Plaquenil"]),
        ("my mail is a@b.co", ["my mail is a@b.co"]),
        ("tell me about MSC", []),
    ],
)
def test_a_question_states_nothing(text: str, kept: list[str]) -> None:
    clauses = list(statements(text))
    assert [clause.text for clause in clauses] == kept
    assert all(text[clause.start : clause.end] == clause.text for clause in clauses)


def test_one_message_answers_several_items(patient: Any, at: Any, mention: Any) -> None:
    someone = patient(at("full_name"))
    spans = [
        ("Ana Ruiz", "person_name", "Ana Ruiz"),
        ("Mexico", "country", "MX"),
        ("2015", "year", 2015),
        ("SLE", "lupus_type", "sle"),
    ]
    someone.says(LONG, intent="inform", confidence=0.9, entities=tuple(mention(LONG, *span) for span in spans))
    assert someone.state.answers["full_name"] == "Ana Ruiz"
    assert someone.state.answers["country"] == "MX"
    assert someone.state.answers["diagnosis_year"] == 2015
    assert someone.open == "date_of_birth"
    someone.says("5 March 1992")
    someone.says("f")
    assert someone.open == "preferred_contact"


def test_what_was_understood_is_dropped_when_the_patient_is_somebody_else(patient: Any, mention: Any) -> None:
    text = "I live in Mexico and I take Plaquenil"
    found = (
        mention(text, "Mexico", "country", "MX"),
        mention(text, "Plaquenil", "medication", "hydroxychloroquine"),
    )
    someone = patient()
    someone.says("yes", Turn(text, "inform", 0.9, entities=found))
    assert someone.state.answers["country"] == "MX"
    someone.says("someone else")
    assert "country" not in someone.state.answers
    assert "current_medications" not in someone.state.answers


def test_a_son_named_before_the_consent_is_not_asked_for_again(patient: Any) -> None:
    someone = patient()
    someone.says("yes", Turn("I am asking for my son, he has drug-induced lupus", "faq", 0.9))
    assert someone.state.answers["for_whom"] == "someone_else"
    assert someone.state.answers["relationship"] == "child"
    assert someone.open == "full_name"


def test_a_minors_date_is_never_prefilled_for_an_adult(patient: Any, mention: Any) -> None:
    text = "I was born on 5 March 2012"
    someone = patient()
    someone.says("yes", Turn(text, "inform", 0.9, entities=(mention(text, "5 March 2012", "date", "2012-03-05"),)))
    assert "date_of_birth" not in someone.state.answers


def test_lists_from_several_messages_are_joined(patient: Any, mention: Any) -> None:
    first, second = "I take Plaquenil", "I am on prednisone too"
    turns = (
        Turn(first, "inform", 0.9, entities=(mention(first, "Plaquenil", "medication", "hydroxychloroquine"),)),
        Turn(second, "inform", 0.9, entities=(mention(second, "prednisone", "medication", "prednisone"),)),
    )
    someone = patient()
    someone.says("yes", *turns)
    assert [drug["code"] for drug in someone.state.answers["current_medications"]] == [
        "hydroxychloroquine",
        "prednisone",
    ]


def test_consents_are_never_prefilled(patient: Any) -> None:
    someone = patient()
    someone.says("yes", Turn("yes you may contact me", "affirm", 0.99), Turn("I agree to everything", "affirm", 0.99))
    assert set(someone.state.answers) == {"consent_privacy"}


ASIDE = "I'm on Plaquenil and I live in Mexico - is it contagious?"


def _aside(mention: Any) -> Turn:
    found = (
        mention(ASIDE, "Plaquenil", "medication", "hydroxychloroquine"),
        mention(ASIDE, "Mexico", "country", "MX"),
    )
    return Turn(ASIDE, "faq", 0.95, "lupus_contagious", 0.95, found)


def test_facts_said_with_a_question_are_kept_with_the_next_answer(patient: Any, mention: Any) -> None:
    someone = patient()
    someone.says("yes")
    someone.says("for me", Turn("yes"))
    aside = _aside(mention)
    said = someone.says(aside.text, Turn("yes"), Turn("for me"), **_fields(aside))
    assert said.status == "digression"
    assert "country" not in someone.state.answers
    someone.says("Ana Ruiz", Turn("yes"), Turn("for me"), aside)
    assert someone.state.answers["country"] == "MX"
    assert [drug["code"] for drug in someone.state.answers["current_medications"]] == ["hydroxychloroquine"]
    assert "I noted from what you wrote" in someone.said


def test_a_message_is_read_for_facts_only_once(patient: Any, at: Any, mention: Any) -> None:
    someone = patient(at("phone", answers={"current_medications": None}, read=2))
    someone.says("skip", Turn("yes"), _aside(mention))
    someone.says("morning", Turn("yes"), _aside(mention), Turn("skip"))
    assert "current_medications" not in someone.state.answers


def test_what_was_said_about_the_mother_meanwhile_is_not_the_patients(patient: Any, at: Any, mention: Any) -> None:
    text = "my mother takes Plaquenil, is it hereditary?"
    found = (mention(text, "Plaquenil", "medication", "hydroxychloroquine", experiencer="family"),)
    someone = patient(at("best_time", answers={"current_medications": None}))
    someone.says("morning", Turn(text, "faq", 0.9, entities=found))
    assert "current_medications" not in someone.state.answers


def test_after_starting_over_the_earlier_messages_are_not_read_again(patient: Any, mention: Any) -> None:
    aside = _aside(mention)
    someone = patient()
    someone.says("yes", aside)
    assert someone.state.answers["country"] == "MX"
    someone.says("start over", aside, Turn("yes"))
    someone.says("yes", aside, Turn("yes"), Turn("start over"))
    someone.says("yes", aside, Turn("yes"), Turn("start over"), Turn("yes"))
    assert dict(someone.state.answers) == {"consent_privacy": "yes"}


def test_answers_deleted_by_cancelling_do_not_come_back_from_the_messages_they_stood_in(
    patient: Any, engine: Any, mention: Any
) -> None:
    aside = _aside(mention)
    someone = patient()
    someone.says("yes", aside)
    someone.says("cancel", aside, Turn("yes"))
    assert someone.says("yes", aside, Turn("yes"), Turn("cancel")).status == "cancelled"
    someone.outcome = engine.begin(someone.state)
    someone.says("yes", aside, Turn("yes"), Turn("cancel"), Turn("yes"), Turn("start", "start_intake", 0.9))
    assert dict(someone.state.answers) == {"consent_privacy": "yes"}


def test_what_was_skipped_is_not_taken_from_an_earlier_message(patient: Any, at: Any, mention: Any) -> None:
    aside = _aside(mention)
    someone = patient(at("allergies", answers={"past_treatments": None}, skipped=("past_treatments",), read=1))
    text = "I stopped Plaquenil - is it contagious?"
    stopped = Turn(text, "faq", 0.9, entities=(mention(text, "Plaquenil", "medication", "hydroxychloroquine"),))
    someone.says("latex", aside, stopped)
    assert someone.state.answers["allergies"] == "latex"
    assert "past_treatments" not in someone.state.answers


def test_a_caregivers_aside_about_the_patient_is_kept(patient: Any, at: Any, mention: Any) -> None:
    text = "She takes Plaquenil - is it safe?"
    found = (mention(text, "Plaquenil", "medication", "hydroxychloroquine", experiencer="other"),)
    answers = {"for_whom": "someone_else", "relationship": "child", "current_medications": None}
    someone = patient(at("best_time", answers=answers))
    someone.says("morning", Turn(text, "medical_advice", 0.9, entities=found))
    assert [drug["code"] for drug in someone.state.answers["current_medications"]] == ["hydroxychloroquine"]


@pytest.mark.parametrize(
    "text",
    [
        "If I took Plaquenil - would it help?",
        "I don't take Plaquenil - should I?",
        "My doctor suggested Plaquenil - is it safe?",
        "She takes Plaquenil - is it safe?",
    ],
)
def test_what_is_not_stated_about_the_patient_is_not_kept(patient: Any, at: Any, mention: Any, text: str) -> None:
    negated = "don't" in text
    mentioned = (mention(text, "Plaquenil", "medication", "hydroxychloroquine", negated=negated),)
    found = entities_of(text) or mentioned
    someone = patient(at("best_time", answers={"current_medications": None, "past_treatments": None}))
    someone.says("morning", Turn(text, "medical_advice", 0.9, entities=found))
    assert "current_medications" not in someone.state.answers
    assert "past_treatments" not in someone.state.answers


def _fields(turn: Turn) -> dict[str, Any]:
    return {
        "intent": turn.intent,
        "confidence": turn.confidence,
        "topic": turn.topic,
        "topic_confidence": turn.topic_confidence,
        "entities": turn.entities,
    }
