"""What was stored of a played intake, against what was said in it."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.intake_scores import compare


@pytest.mark.parametrize(
    ("facts", "answers", "marks"),
    [
        ({"country": "Spain"}, {"country": "ES"}, ["right"]),
        ({"country": "Spain"}, {"country": "PT"}, ["wrong"]),
        ({"full_name": "Ana Ruiz"}, {"full_name": "ANA RUIZ"}, ["right"]),
        ({"email": "__skipped__"}, {}, ["right"]),
        ({"email": "__skipped__"}, {"email": "a@example.org"}, ["invented"]),
        ({"cancer_history": "no"}, {"cancer_history": "yes"}, ["inverted"]),
        ({"cancer_history": "no"}, {}, ["lost"]),
        ({"organ_involvement": ["skin"]}, {"organ_involvement": ["skin", "heart"]}, ["right", "invented"]),
        ({"risk_history": ["none"]}, {"risk_history": ["clot"]}, ["inverted"]),
        ({"risk_history": ["clot"]}, {"risk_history": ["none"]}, ["inverted", "invented"]),
        ({"symptoms": ["joint_pain"]}, {"symptoms": [{"code": "knee_pain", "text": "my knees"}]}, ["right"]),
        ({"symptoms": ["fever"]}, {"symptoms": [{"code": "rash", "text": "rash"}]}, ["lost", "invented"]),
        (
            {"current_medications": [], "past_treatments": ["azathioprine"]},
            {"current_medications": [{"code": "azathioprine", "text": "Imuran"}]},
            ["inverted", "lost"],
        ),
        (
            {"current_medications": ["vitamin d"]},
            {"current_medications": [{"code": "vitamin_d", "text": "D"}]},
            ["right"],
        ),
        ({"allergies": ["latex", "nuts"]}, {"allergies": "Latex"}, ["right", "wrong"]),
        ({"allergies": "none"}, {"allergies": "NKDA"}, ["right"]),
    ],
)
def test_each_fact_has_its_mark(facts: dict[str, Any], answers: dict[str, Any], marks: list[str]) -> None:
    assert [mark for _, _, mark, _ in compare(facts, answers)] == marks


def test_the_other_way_of_contact_counts_only_where_it_was_asked():
    facts = {"email": "ana@example.com", "phone": "+34600123456"}
    assert [mark for *_, mark, _ in compare(facts, {"email": "ana@example.com"}, frozenset({"email"}))] == ["right"]
    marks = [mark for *_, mark, _ in compare(facts, {"email": "ana@example.com"}, frozenset({"email", "phone"}))]
    assert marks == ["right", "lost"]
