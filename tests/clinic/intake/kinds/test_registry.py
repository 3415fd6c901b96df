"""Every kind of question is one object that reads an answer and shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clinic.intake.kinds import Context, kind_of, parse, show
from clinic.intake.kinds.base import Kind
from clinic.intake.model.language import Language
from clinic.intake.model.result import Accepted, Refused

SCHEMA = Path(__file__).resolve().parents[4] / "data" / "schemas" / "intake.schema.json"
LANGUAGE = Language.load(Path(__file__).resolve().parents[4] / "data" / "language" / "en")
CONTEXT = Context(date(2026, 11, 21), language=LANGUAGE)


def schema_of(name: str) -> list[str]:
    properties = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]["question"]["properties"]
    return list(properties[name]["enum"])


@pytest.mark.parametrize("kind", schema_of("kind"))
@pytest.mark.parametrize("form", [None, *schema_of("format")])
def test_whatever_the_schema_allows_has_a_kind(questionnaire: Any, kind: str, form: str | None) -> None:
    question = replace(questionnaire.get("full_name"), kind=kind, format=form)
    assert isinstance(kind_of(question), Kind)
    assert isinstance(parse(question, " ", CONTEXT), Refused)


SHOWN = [
    ("full_name", None, "not answered"),
    ("full_name", "Ana Ruiz", "Ana Ruiz"),
    ("date_of_birth", "1985-03-05", "5 March 1985"),
    ("date_of_birth", "long ago", "long ago"),
    ("country", "MX", "Mexico"),
    ("phone", "+525512345678", "+52 55 1234 5678"),
    ("consent_privacy", "yes", "Yes"),
    ("lupus_type", "not_sure", "Not sure"),
    ("cancer_history", "no", "No"),
    ("organ_involvement", ["kidneys", "skin"], "Kidneys, Skin"),
    ("symptoms", [{"code": "fatigue", "text": "so tired"}, {"code": "rash", "text": ""}], "so tired, Rash"),
    ("symptoms", [], "None"),
    ("destination", ["MX", "ES"], "Mexico, Spain"),
    ("diagnosis_year", 2015, "2015"),
    ("best_time", "morning", "Morning (local time)"),
]


@pytest.mark.parametrize(("question", "value", "shown"), SHOWN)
def test_a_stored_value_is_shown_as_a_person_would_read_it(
    questionnaire: Any, question: str, value: Any, shown: str
) -> None:
    assert show(questionnaire.get(question), value, CONTEXT) == shown


@pytest.mark.parametrize("question", ["full_name", "country", "email", "symptoms", "sex", "allergies", "destination"])
def test_what_a_message_asserts_is_handed_to_the_kind(questionnaire: Any, question: str) -> None:
    asserted = ({"entity": "symptom", "start": 0, "end": 7, "negated": False},)
    item = questionnaire.get(question)
    assert parse(item, "fatigue", CONTEXT, asserted) == parse(item, "fatigue", CONTEXT)


def test_what_the_kinds_say_of_themselves(questionnaire: Any) -> None:
    def ids(trait: str) -> set[str]:
        return {question.id for question in questionnaire.questions if getattr(kind_of(question), trait)}

    assert ids("is_free") == {"allergies", "other_conditions", "question_for_doctor"}
    assert ids("is_name") == {"full_name"}
    assert ids("takes_unknown") == {"language", "symptoms", "current_medications", "past_treatments"}
    assert ids("is_loose") == (ids("is_free") | ids("is_name") | ids("takes_unknown")) - {"language"}
    assert ids("is_address") == {"email", "phone"}
    assert ids("is_closed").isdisjoint(ids("own_words") | ids("takes_unknown"))


def test_only_coded_findings_are_known(questionnaire: Any) -> None:
    kind = kind_of(questionnaire.get("symptoms"))
    assert kind.knows(Accepted([{"code": "fatigue", "text": "tired"}]))
    assert kind.knows(Accepted([]))
    assert not kind.knows(Accepted([{"code": None, "text": "blue moon"}]))
